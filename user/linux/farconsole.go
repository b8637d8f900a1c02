package linux

import (
	"syscall"

	"atoll/user/vfs"
)

// The console of the machine, for processes of other cores than the home: who may give it commands is known there, and they use it as an
// open file of the home.

// openConsole opens it, within a call that may wait where that is another core's.
func (r *realm) openConsole() (vfs.Stream, error) {
	if r.isHome() {
		return r.sys.env.Console()
	}
	var f *farFile
	var e errno
	waits := true
	r.lastQuestion++
	number := r.lastQuestion
	err := r.sys.coroutines.Wait(func(wake func()) {
		r.questions[number] = question{core: r.home, answered: func(is errno, data []byte) {
			switch e = is; {
			case e != 0:
			case len(data) != 8:
				e = errno(syscall.EIO)
			default:
				id := le.Uint64(data)
				f = r.importFile(r.home, &fileRecord{file: id, mode: syscall.S_IFCHR | 0o600, core: uint64(r.home), origin: id})
			}
			if wake(); f != nil && !waits { // who wanted it has been killed
				f.Close()
			}
		}}
		r.send(r.home, parcelConsole, 0, number, 0, nil)
	})
	waits = false
	if err == nil && e != 0 {
		err = syscall.Errno(e)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// lendConsole opens it for a core.
func (r *realm) lendConsole(to int, number uint64) {
	if !r.isHome() || len(r.exports) >= mostExports {
		r.reply(to, number, syscall.ENFILE, nil)
		return
	}
	s, err := r.sys.env.Console()
	if err != nil {
		r.reply(to, number, err, nil)
		return
	}
	id := r.exportFile(to, 0, 0, vfs.NewFile(s, syscall.O_RDWR, "/mk/console"))
	r.reply(to, number, nil, le.AppendUint64(nil, id))
}
