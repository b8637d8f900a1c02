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

// execution is a program that is about to become that of a process.
type execution struct {
	t     *thread
	name  string
	file  *vfs.File
	first []string  // arguments before those of the caller, in place of the first of them; nil: none
	given [2]uint64 // where the caller's lists are
	lists [2]uint64 // where their next pointers are, 0: at the end
	args  taker     // what the lists go to, nil: it has not begun
	m     *memory   // that the program is loaded in, nil: none
	im    *image

	core    int  // where the process lives from then on
	free    bool // that was chosen, and may be here, too
	gone    bool // it is on its way there
	counted bool // among those that are about to move there

	straight bool // it goes there by no other core
}

// taker takes the lists, one string after the other, and what ends each.
type taker interface {
	at() *listing
	add(s string) error
	end() error
}

// execve has the process run another program. On an error all is as it was.
func execve(t *thread, a args) {
	path, e := t.p.loadString(a[0], mostPath)
	if e != 0 {
		t.fail(e)
		return
	}
	given := [2]uint64{a[1], a[2]}
	x := &execution{t: t, name: path, given: given, lists: given}
	err := x.find()
	if err == nil {
		err = x.takeSeat()
	}
	if err != nil {
		x.drop()
		t.reply(err)
		return
	}
	if x.core != t.p.sys.core() {
		if x.counted = t.mayLeave(); !x.counted {
			x.drop()
			return
		}
	}
	t.inParts(x.part, x.drop)
}

// find finds the program.
func (x *execution) find() error {
	var e errno
	if x.file, x.first, e = x.t.p.findProgram(x.name, nil); e != 0 {
		return syscall.Errno(e)
	}
	return nil
}

// drop gives back what was made for a program that does not become the process's, once: a part that waits in its middle
// does so for itself when its thread ends, and then the thread does.
func (x *execution) drop() {
	if x.file != nil {
		x.file.Release()
	}
	if x.m != nil {
		x.m.dropFiles()
		x.t.p.sys.endSpace(x.m.space)
	}
	if x.counted {
		x.t.p.sys.realm.goesNot()
	}
	x.file, x.m, x.counted = nil, nil, false
	x.giveUp()
}

// What a program is loaded in, and what a part needs: its tables, of which there are so many, and its stack. Of what is in
// its file pages are made when they are used.
const execPages, execTables = 24, 6

// part does a part of an execve.
func (x *execution) part() (more bool) {
	x.t.p.sys.reserve(x.t.p)
	var err error
	if x.args == nil {
		err = x.begin()
	}
	if err == nil {
		more, err = x.addSome()
	}
	switch {
	case err == nil:
		return more
	case x.free && !x.t.p.sys.coroutines.Ends():
		x.stay()
		return true
	}
	x.drop()
	x.t.fail(execErrno(err))
	return false
}

// begin begins to take the lists: into memory where the program is loaded, or a record for another core.
func (x *execution) begin() (err error) {
	s := x.t.p.sys
	if x.file == nil { // it did not come to where it was to live
		if err = x.find(); err != nil {
			return err
		}
	}
	if x.core != s.core() {
		x.args = newRecord()
	} else if err = x.load(s); err != nil {
		return err
	}
	for _, arg := range x.first {
		if err == nil {
			err = x.args.add(arg)
		}
	}
	if err == nil && x.first != nil {
		_, _, err = x.next() // those are in place of it
	}
	return err
}

// load loads the program into memory of its own.
func (x *execution) load(s *System) error {
	space, err := vspace.New(s.store)
	if err != nil {
		return err
	}
	x.m = s.newMemory(space)
	if x.im, err = x.m.load(s.env, x.file); err == nil {
		x.args = x.m.newArguments()
	}
	return err
}

// addSome adds some arguments, or what stands in the environment, and with the last has the
// process run the program.
func (x *execution) addSome() (more bool, err error) {
	for n := 0; n < partWork && err == nil; n++ {
		var s string
		var there bool
		if s, there, err = x.next(); err != nil {
			break
		}
		switch l := x.args.at(); {
		case there || !l.environ && l.count == 0: // without arguments it gets an empty one
			err = x.args.add(s)
		case l.environ:
			return false, x.run()
		default:
			err = x.args.end()
		}
	}
	return true, err
}

// next reads the next string of the list under way, if there is one.
func (x *execution) next() (s string, there bool, err error) {
	l, list := x.args.at(), &x.lists[0]
	if l.environ {
		list = &x.lists[1]
	}
	if *list == 0 {
		return "", false, nil
	}
	p := x.t.p
	at, ok := p.load64(*list)
	switch {
	case !ok:
		return "", false, syscall.EFAULT
	case at == 0:
		*list = 0
		return "", false, nil
	case l.left <= 9:
		return "", false, ErrTooLarge
	}
	*list += 8
	s, e := p.loadString(at, l.left-8)
	switch e {
	case nameTooLong:
		err = ErrTooLarge
	case fault:
		err = syscall.EFAULT
	}
	return s, true, err
}

// run has the process run the program, here or on another core.
func (x *execution) run() error {
	err := x.args.end()
	if err != nil {
		return err
	}
	args, here := x.args.(*arguments)
	if !here {
		return x.emigrate()
	}
	stack, err := args.finish(x.t.p.sys.env, x.im)
	if err != nil {
		return err
	}
	x.t.become(x.m, x.im, stack)
	x.t.p.name = baseName(x.name)
	x.file.Release()
	return nil
}

// execErrno returns the error that Linux has for a program that cannot be loaded.
func execErrno(err error) errno {
	e, is := err.(syscall.Errno)
	switch {
	case is:
		return errno(e)
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
		argv = append(append(list, path), argv[min(1, len(argv)):]...)
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
	if p.sys.annex() {
		if twin := p.sys.twin(f.Path(p.fs), f.Attr()); twin != nil {
			f.Release()
			f = twin
		}
	}
	if err = vfs.Access(f.Node, vfs.Execute); err == nil {
		_, err = f.ReaderAt()
	}
	if err != nil {
		f.Release()
		if err == syscall.ENOMEM { // to keep it
			return nil, noMem
		}
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
func (t *thread) become(m *memory, im *image, stack uint64) {
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
	t.short = false
	t.Root, t.PC, t.X[regSP] = m.space.Root(), im.entry, stack
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
