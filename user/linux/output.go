package linux

import (
	"syscall"

	"atoll/user/vfs"
)

// output is the standard output or error of a process that has no terminal: its surroundings
// take what is written.
type output struct {
	env   Env
	fd    int
	full  bool // some was not taken
	queue vfs.Queue
}

func (o *output) Read([]byte) (int, error) { return 0, syscall.EBADF }

func (o *output) Write(b []byte) (int, error) {
	n := o.env.Output(o.fd, b)
	o.full = n == 0 && len(b) > 0
	if o.full {
		return 0, syscall.EAGAIN
	}
	return n, nil
}

// writable says that there is room again.
func (o *output) writable() {
	o.full = false
	o.queue.Notify()
}

func (o *output) Ready() vfs.Events {
	if o.full {
		return 0
	}
	return vfs.Out
}

func (o *output) Queue() *vfs.Queue { return &o.queue }

// standard opens the first three descriptors: the terminal, or an input that is at its end
// and outputs that go to the surroundings.
func (p *Process) standard() {
	if t := p.sys.env.Terminal(); t != nil {
		p.sys.terminal, p.fs.Terminal = t, t
		t.Session, t.Group = int(p.session), int(p.group)
		t.Signal = func(group, sig int) { p.sys.signalGroup(uint64(group), uint64(sig)) }
		f := vfs.NewFile(t, syscall.O_RDWR, "/dev/console")
		for range 3 {
			p.files.Add(f, 0, false)
		}
		return
	}
	p.files.Add(vfs.NewFile(ended{}, syscall.O_RDONLY, "input"), 0, false)
	for i := range p.sys.outputs {
		o := &output{env: p.sys.env, fd: i + 1}
		p.sys.outputs[i] = o
		p.files.Add(vfs.NewFile(o, syscall.O_WRONLY, "output"), 0, false)
	}
}

// ended is an input that is at its end.
type ended struct{}

func (ended) Read([]byte) (int, error)  { return 0, nil }
func (ended) Write([]byte) (int, error) { return 0, syscall.EBADF }
func (ended) Ready() vfs.Events         { return vfs.In | vfs.Hup }
func (ended) Queue() *vfs.Queue         { return nil }
