package linux

import (
	"errors"
	"strings"
	"syscall"

	"atoll/kernel/vspace"
	"atoll/user/vfs"
)

// mostPath bounds a path, with its terminator.
const mostPath = 4096

// execve has the process run another program.
func execve(t *thread, a args) {
	path, e := t.p.loadString(a[0], mostPath)
	var lists [2][]string
	left := mostArgs
	for i := range lists {
		if e == 0 {
			lists[i], e = t.p.loadStrings(a[1+i], &left)
		}
	}
	if e == 0 {
		e = t.exec(path, lists[0], lists[1])
	}
	if e != 0 {
		t.fail(e)
	}
}

// execPages is what a program is loaded in: its tables, its stack. Of what is in its file pages are
// made when they are used.
const execPages = 24

// exec has the process run the program that a path names. On an error all is as it was.
func (t *thread) exec(path string, argv, environ []string) errno {
	if len(argv) == 0 {
		argv = []string{""}
	}
	name := path
	f, argv, e := t.p.findProgram(path, argv)
	if e != 0 {
		return e
	}
	defer f.Release()
	t.p.sys.reclaimAll()
	t.p.sys.reserve(execPages, t.p)
	space, err := vspace.New(t.p.sys.store)
	if err != nil {
		return noMem
	}
	m := t.p.sys.newMemory(space)
	im, err := m.load(t.p.sys.env, f, argv, environ)
	if err != nil {
		m.dropFiles()
		t.p.sys.endSpace(space)
		return execErrno(err)
	}
	t.become(m, im)
	t.p.name = baseName(name)
	return 0
}

// execErrno returns the error that Linux has for a program that cannot be loaded.
func execErrno(err error) errno {
	switch {
	case errors.Is(err, ErrTooLarge):
		return tooBig
	case errors.Is(err, vspace.ErrNoMemory), errors.Is(err, vspace.ErrTooMany):
		return noMem
	case errors.Is(err, errDynamic):
		return noEnt // of its linker
	}
	return noExec
}

// Bounds of the first line of a script, and of scripts that run scripts.
const mostScriptLine, mostScripts = 256, 4

// findProgram finds the program that a path names: if that is a script, its interpreter,
// whose arguments come before those of the script.
func (p *Process) findProgram(path string, argv []string) (*vfs.File, []string, errno) {
	for range mostScripts {
		f, e := p.openProgram(path)
		if e != 0 {
			return nil, nil, e
		}
		var b [mostScriptLine]byte
		n, _ := f.ReadAt(b[:], 0)
		line, isScript := strings.CutPrefix(string(b[:n]), "#!")
		if !isScript {
			return f, argv, 0
		}
		f.Release()
		line, _, whole := strings.Cut(line, "\n")
		if !whole && n == len(b) {
			return nil, nil, noExec
		}
		interpreter, argument, _ := strings.Cut(strings.Trim(line, " \t\r"), " ")
		if interpreter == "" {
			return nil, nil, noExec
		}
		list := []string{interpreter}
		if argument = strings.TrimSpace(argument); argument != "" {
			list = append(list, argument)
		}
		argv = append(append(list, path), argv[1:]...)
		path = interpreter
	}
	return nil, nil, loop
}

// openProgram opens a file to be run, and holds it.
func (p *Process) openProgram(path string) (*vfs.File, errno) {
	f, err := p.fs.Open(p.fs.Cwd, path, syscall.O_RDONLY, 0)
	if err != nil {
		return nil, errnoOf(err)
	}
	f.Hold()
	if err = vfs.Access(f.Node, vfs.Execute); err == nil {
		_, err = f.ReaderAt()
	}
	if err != nil {
		f.Release()
		return nil, noAccess
	}
	if err = f.Run(); err != nil {
		f.Release()
		return nil, errnoOf(err)
	}
	return f, 0
}

// become gives the process other memory, with a program in it, and the thread, its only one
// then, the registers with which that begins.
func (t *thread) become(m *memory, im *image) {
	p := t.p
	for _, o := range p.threads {
		if o != t {
			p.dismiss(o)
		}
	}
	if p.core != nil {
		p.core.Dismiss(&t.Caller)
		p.core, t.Woken, t.Page, t.stays = nil, nil, nil, false
	}
	p.sys.loop.Forget(t.Root)
	p.leaveMemory()
	p.memory = m
	delete(p.threads, t.id)
	t.id = p.id
	p.threads[t.id] = t
	t.Reset()
	t.Root, t.PC, t.X[regSP] = m.space.Root(), im.entry, im.stack
	t.clearID, t.altBase, t.altSize, t.held = 0, 0, 0, false
	for i := range p.actions {
		if p.actions[i].handler != handlerIgnore {
			p.actions[i] = action{}
		}
	}
	p.exitSignal = sigCHLD // the parent knows this program as little as it the parent
	p.files.Exec()
}

// baseName returns the last part of a path, as the name of a process: 15 bytes of it.
func baseName(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	return strings.Clone(name[:min(len(name), mostName)]) // and not the path
}

// mostName bounds the name of a process (TASK_COMM_LEN, less the terminator).
const mostName = 15
