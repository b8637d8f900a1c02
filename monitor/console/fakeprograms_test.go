package console

import (
	"bytes"
	"context"
	"fmt"
)

// fakePrograms is a machine with two programs: true, and exit, which ends with the status
// that is its argument.
type fakePrograms struct {
	noArchive bool
	memory    uint64    // that the last program was given
	traced    bool      // the last one
	which     string    // of its calls are
	trusted   bool      // the last one
	shell     bool      // there is sh, too
	here      []string  // the program that had the terminal last
	heres     int       // how many had
	init      bool      // there is init, too
	commander Commander // of the last one
	calls     Off       // what the last one calls for at its end
	running   []Process
}

// Run runs a program. One that has the terminal shows what is typed, until a full stop.
func (f *fakeSystem) Run(core int, p Program) (ProgramEnd, error) {
	f.commander = p.Commander
	t := p.Terminal
	if t == nil {
		return f.runLines(p)
	}
	f.here = p.Args
	f.heres++
	typed := make(chan []byte, 16)
	t.Keys(func(b []byte) { typed <- bytes.Clone(b) })
	t.Write([]byte("ready\n"))
	defer t.Return(nil)
	defer t.Keys(nil)
	for {
		select {
		case b := <-typed:
			t.Write(b)
			if bytes.IndexByte(b, '.') >= 0 {
				return ProgramEnd{PID: 8}, nil
			}
		case <-f.ctx.Done():
			return ProgramEnd{}, context.Cause(f.ctx)
		}
	}
}

func (f *fakePrograms) runLines(p Program) (ProgramEnd, error) {
	f.memory, f.traced, f.which, f.trusted = p.Memory, p.Trace, p.Calls, p.Trusted
	end := ProgramEnd{PID: 7, Off: f.calls}
	if p.Background {
		f.running = append(f.running, Process{PID: 7, Name: p.Args[0], Threads: 3, Used: 5e6, Pages: 100, Most: 8192})
		return end, nil
	}
	if p.Args[0] == "exit" {
		fmt.Sscan(p.Args[1], &end.Status)
	}
	return end, nil
}

func (f *fakePrograms) Kill(core int, pid uint64) error {
	if pid != 7 {
		return fmt.Errorf("core %d runs no program %d", core, pid)
	}
	return nil
}

func (f *fakePrograms) Processes(core int) ([]Process, ProgramMemory, error) {
	if core != 0 {
		return nil, ProgramMemory{}, nil
	}
	return f.running, ProgramMemory{Free: 1 << 20, All: 2 << 20, Capabilities: 9}, nil
}

func (f *fakePrograms) Files(core int) ([]ProgramFile, error) {
	if f.noArchive {
		return nil, fmt.Errorf("there is no archive")
	}
	files := []ProgramFile{{"exit", 2048}, {"true", 1 << 20}}
	if f.init {
		files = append(files, ProgramFile{"init", 4 << 20})
	}
	if f.shell {
		files = append(files, ProgramFile{"sh", 4 << 20})
	}
	return files, nil
}
