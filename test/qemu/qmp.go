package qemu

import (
	"encoding/json"
	"fmt"
	"net"
	"time"
)

// qmpPatience bounds one conversation with QEMU's monitor, which answers at once
// unless the host is busy.
const qmpPatience = 30 * time.Second

// switchOff ends QEMU through its monitor, as somebody who switches the machine off: QMP,
// command "quit" (QEMU, "QEMU QMP Reference Manual"). QEMU's own status is then 0.
func switchOff(socket string) error {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(qmpPatience))
	in := json.NewDecoder(conn)
	var greeting struct{ QMP *struct{} }
	if err := in.Decode(&greeting); err != nil || greeting.QMP == nil {
		return fmt.Errorf("QMP: no greeting: %v", err)
	}
	for _, command := range []string{"qmp_capabilities", "quit"} {
		if _, err := fmt.Fprintf(conn, "{\"execute\": %q}\n", command); err != nil {
			return fmt.Errorf("QMP: %s: %w", command, err)
		}
		if err := answer(in); err != nil {
			return fmt.Errorf("QMP: %s: %w", command, err)
		}
	}
	return nil
}

// answer reads the answer to a command, which events may precede.
func answer(in *json.Decoder) error {
	for {
		var m struct {
			Event  string
			Return *json.RawMessage
			Error  *struct{ Desc string }
		}
		if err := in.Decode(&m); err != nil {
			return err
		}
		switch {
		case m.Error != nil:
			return fmt.Errorf("%s", m.Error.Desc)
		case m.Event == "":
			return nil
		}
	}
}
