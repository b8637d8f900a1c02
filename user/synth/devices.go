package synth

import (
	"syscall"

	"atoll/user/vfs"
)

// Null is /dev/null: what is written is gone, nothing is read. Zero reads zeros, Full has no
// room, Random reads what a function fills in.
type (
	Null   struct{ always }
	Zero   struct{ always }
	Full   struct{ always }
	Random struct {
		always
		Fill func([]byte)
	}
)

// always is a stream that never lets wait, and may be told a position, which it ignores.
type always struct{}

func (always) Read(b []byte) (int, error)  { return 0, nil }
func (always) Write(b []byte) (int, error) { return len(b), nil }
func (always) Ready() vfs.Events           { return vfs.In | vfs.Out }
func (always) Queue() *vfs.Queue           { return nil }
func (always) Positioned()                 {}

func (Zero) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func (Full) Read(b []byte) (int, error)  { return Zero{}.Read(b) }
func (Full) Write(b []byte) (int, error) { return 0, syscall.ENOSPC }

func (r Random) Read(b []byte) (int, error) {
	r.Fill(b)
	return len(b), nil
}

// Same is what opens a device that is the same for all.
func Same(s vfs.Stream) func(*vfs.Context, int) (vfs.Stream, error) {
	return func(*vfs.Context, int) (vfs.Stream, error) { return s, nil }
}
