package linux

import "slices"

// Words of reboot (uapi/linux/reboot.h).
const (
	rebootMagic    = 0xfee1dead
	rebootRestart  = 0x01234567
	rebootRestart2 = 0xa1b2c3d4 // with words for the firmware
	rebootHalt     = 0xcdef0123
	rebootPowerOff = 0x4321fedc
)

// rebootMagics are what the second argument may be.
var rebootMagics = []uint32{672274793, 85072278, 369367448, 537993216}

// reboot ends all processes, as it does in a PID namespace of Linux: the first by SIGHUP if they
// want to begin afresh, else by SIGINT. Whether the machine ends as well is up to who ran them.
func reboot(t *thread, a args) {
	s := t.p.sys
	command := uint32(a[2])
	restart := command == rebootRestart || command == rebootRestart2
	if uint32(a[0]) != rebootMagic || !slices.Contains(rebootMagics, uint32(a[1])) ||
		!restart && command != rebootHalt && command != rebootPowerOff {
		t.fail(inval)
		return
	}
	if s.annex() {
		s.realm.reboot(restart)
		t.sleep(forever, 0)
		return
	}
	s.endFor(restart)
}

// reboot has the home end all processes. If it dies before they end as well.
func (r *realm) reboot(restart bool) {
	var a uint64
	if restart {
		a = 1
	}
	r.send(r.home, parcelReboot, 0, a, 0, nil)
}

// endFor ends the first process, and all with it, for one has called reboot.
func (s *System) endFor(restart bool) {
	s.env.Off(restart)
	if restart {
		s.init().exit(killed(sigHUP))
	} else {
		s.init().exit(killed(sigINT))
	}
}
