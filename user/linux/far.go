package linux

import (
	"syscall"

	"atoll/monitor/parcel"
	"atoll/user/pipe"
	"atoll/user/vfs"
)

// Open files of another core, as the processes here use them: streams. What is read is asked for, and comes; what is
// written is on its way as far as there is a window for it.

// farKey is which open file.
type farKey struct {
	core int
	id   uint64
}

// farFile is one of them: a vfs.Stream.
type farFile struct {
	farKey
	origin  farKey // where the file lies
	r       *realm
	mode    uint32
	content []byte     // that has come
	asked   bool       // more has been asked for, or comes without that
	ahead   int        // bytes that may come without having been asked for
	asker   asker      // who has asked last, of a terminal: 0 of others
	granted asker      // for whom the content has come
	refused asker      // who is in the background, and has not learnt it yet
	reader  asker      // who reads just now, if he is on a third core
	ended   bool       // the end has come
	way     int        // bytes that are on their way to be written
	out     []byte     // that go when those have arrived, or are as many as atLeast
	err     error      // nothing can be written any more
	lost    error      // nor read
	told    vfs.Events // that it is ready for, until something is done
	watches bool       // what it is ready for has been asked
	queue   vfs.Queue
}

// importFiles gives a process that has come the files that it takes with it.
func (r *realm) importFiles(p *Process, core int, d *record) {
	files := map[uint64]*vfs.File{}
	for _, x := range d.files {
		f := files[x.file]
		switch {
		case x.file == 0:
			f = r.ownFile(&x)
		case f == nil:
			f = vfs.NewFile(r.importFile(core, &x), int(x.flags), x.name)
			files[x.file] = f
		}
		if f != nil {
			p.files.Put(f, x.fd, false)
		}
	}
	switch x := &d.terminal; {
	case x.origin == 0:
	case x.file != 0:
		f := r.imports[farKey{core, x.file}]
		if f == nil {
			f = r.importFile(core, x)
		}
		p.fs.Terminal = lasting{f}
	default:
		if f := r.ownFile(x); f != nil {
			p.fs.Terminal = f.Stream()
		}
	}
}

// lasting is a stream that whoever opens it does not close.
type lasting struct{ *farFile }

func (lasting) Close() error { return nil }

func (r *realm) importFile(core int, x *fileRecord) *farFile {
	f := &farFile{farKey: farKey{core, x.file}, origin: farKey{int(x.core), x.origin}, r: r, mode: uint32(x.mode)}
	r.imports[f.farKey] = f
	return f
}

func (f *farFile) send(kind uint16, a uint64, data []byte) { f.r.send(f.core, kind, f.id, a, 0, data) }

// Read reads what has come, and asks for more when that is nothing.
func (f *farFile) Read(b []byte) (int, error) {
	switch by := f.by(); {
	case len(f.content) > 0 && by == f.granted:
		n := copy(b, f.content)
		f.content = f.content[n:]
		f.allow()
		return n, nil
	case f.lost != nil:
		return 0, f.lost
	case by != 0 && by == f.refused:
		f.refused = 0
		return 0, errBackground
	case f.ended && by == f.granted:
		f.ended = f.mode&syscall.S_IFMT == syscall.S_IFIFO // of others there may be more, later
		return 0, nil
	case len(b) == 0:
		return 0, nil
	}
	f.told &^= vfs.In
	if by := f.by(); !f.asked || f.asker != by { // who has asked before asks again
		f.asked, f.asker, f.ahead = true, by, window
		f.r.send(f.core, parcelRead, f.id, readWord(len(b), window), uint64(by), nil)
	}
	return 0, syscall.EAGAIN
}

// readWord says how much is to be read, and how much more may come unasked.
func readWord(wanted, ahead int) uint64 {
	return uint64(min(wanted, window)) | uint64(ahead)<<32
}

// allow has more come without being asked for, if it does, when half of what was allowed has been read.
func (f *farFile) allow() {
	if more := window - f.ahead - len(f.content); f.asked && more >= window/2 {
		f.ahead += more
		f.r.send(f.core, parcelRead, f.id, readWord(0, more), 0, nil)
	}
}

// Write sends as much as there is a window for: up to pipe.Atomic bytes all or nothing.
func (f *farFile) Write(b []byte) (int, error) {
	room := window - f.way - len(f.out)
	switch {
	case f.lost != nil:
		return 0, f.lost
	case f.err != nil:
		return 0, f.err
	case len(b) == 0:
		return 0, nil
	case room == 0 || len(b) <= pipe.Atomic && room < len(b):
		return 0, syscall.EAGAIN
	}
	n := min(room, len(b))
	f.out = append(f.out, b[:n]...)
	if f.way == 0 || len(f.out) >= atLeast {
		f.flush()
	}
	return n, nil
}

// Spare is how many bytes who is on a third core may write: see tty.Terminal.
func (f *farFile) Spare() int { return max(window/2-f.way-len(f.out), 0) }

// atLeast is how many bytes go though others are on their way: programs write line by line, and each parcel costs as much.
const atLeast = 4096

// flush sends what is to be written.
func (f *farFile) flush() {
	if len(f.out) > 0 {
		f.way += len(f.out)
		f.send(parcelWrite, 0, f.out)
		f.out = nil
	}
}

// Ready says what is known here; what is not is asked for.
func (f *farFile) Ready() (e vfs.Events) {
	e = f.told &^ vfs.Out
	if len(f.content) > 0 || f.ended || f.lost != nil {
		e |= vfs.In
	}
	if f.lost != nil {
		e |= vfs.Hup | vfs.Err
	}
	if f.err != nil {
		e |= vfs.Err
	}
	if f.err != nil || window-f.way-len(f.out) >= pipe.Atomic {
		e |= vfs.Out
	}
	if e&vfs.In == 0 && !f.watches && !f.asked {
		f.watches = true
		f.send(parcelWatch, uint64(vfs.In), nil)
	}
	return e
}

func (f *farFile) Queue() *vfs.Queue { return &f.queue }

// mostCome bounds what has come and was not read: what was allowed, and what was asked for.
const mostCome = 2 * window

// take takes what the core that has the file says.
func (f *farFile) take(p *parcel.Parcel) {
	e, n := syscall.Errno(uint32(p.W[2])), p.W[3]
	switch by := asker(n); {
	case p.Kind == parcelData && f.lost == nil:
		if more := p.W[2]&moreComes != 0; more {
			f.ahead -= min(f.ahead, len(p.Data))
		} else {
			f.asked, f.ahead = f.asked && f.asker != by, 0
		}
		switch {
		case e == syscall.EAGAIN: // who has asked was signalled, and asks again if he still is there
			f.interruptRelayed(by)
		case e == errBackground:
			f.refused = by
		case e != 0:
			f.lost = e
		case len(f.content)+len(p.Data) > mostCome:
			f.lost, f.content = syscall.EIO, nil
		default:
			f.content, f.granted, f.ended = append(f.content, p.Data...), by, len(p.Data) == 0
		}
	case p.Kind == parcelWritten:
		if f.way -= int(min(n, uint64(f.way))); e != 0 {
			f.err, f.way, f.out = e, 0, nil
		}
		if f.way == 0 {
			f.flush()
		}
	case p.Kind == parcelReady:
		f.watches = false
		f.told |= vfs.Events(p.W[2])
	}
	f.queue.Notify()
}

// lose says that the core that has the file is dead.
func (f *farFile) lose() {
	f.lost, f.asked, f.watches = syscall.EIO, false, false
	f.way, f.out = 0, nil
	f.queue.Notify()
}

// Close says that nobody here uses it any more.
func (f *farFile) Close() error {
	if f.r.imports[f.farKey] == f {
		delete(f.r.imports, f.farKey)
		f.flush()
		f.send(parcelClose, 0, nil)
	}
	return nil
}

// question is one that a call of a process waits for.
type question struct {
	core     int
	answered func(e errno, data []byte)
	data     []byte // that has come of the answer
}

// question asks the core that has the file for something, and returns the question's number.
func (f *farFile) question(request uint32, in []byte, answered func(errno, []byte)) (number uint64) {
	r := f.r
	r.lastQuestion++
	r.questions[r.lastQuestion] = question{core: f.core, answered: answered}
	r.send(f.core, parcelControl, f.id, uint64(request), r.lastQuestion, in)
	return r.lastQuestion
}

// control asks within a call, and waits for the answer.
func (f *farFile) control(request uint32, in []byte) (out []byte, err error) {
	if f.lost != nil {
		return nil, f.lost
	}
	var number uint64
	var e errno
	err = f.r.sys.coroutines.Wait(func(wake func()) {
		number = f.question(request, in, func(is errno, data []byte) {
			e, out = is, data
			wake()
		})
	})
	delete(f.r.questions, number)
	if err == nil {
		err = e.error()
	}
	return out, err
}

// mostAnswer bounds an answer: as many parcels as the names take of the largest directory that is listed, if they are not all long.
const mostAnswer = 8 * parcel.MostData

// reply answers a question, in as many parcels as it takes.
func (r *realm) reply(to int, number uint64, err error, data []byte) {
	if len(data) > mostAnswer {
		err, data = syscall.EOVERFLOW, nil
	}
	for ; len(data) > parcel.MostData; data = data[parcel.MostData:] {
		r.send(to, parcelAnswer, number, 0, 1, data[:parcel.MostData])
	}
	r.send(to, parcelAnswer, number, errorWord(err), 0, data)
}

// answer takes a part of an answer, or the last of it.
func (r *realm) answer(from int, p *parcel.Parcel) {
	number, e, more := p.W[1], errno(p.W[2]), p.W[3] != 0
	q, there := r.questions[number]
	switch {
	case !there || q.core != from:
		return
	case len(q.data)+len(p.Data) > mostAnswer:
		more, e, q.data = false, errno(syscall.EOVERFLOW), nil
	default:
		q.data = append(q.data, p.Data...)
	}
	if more {
		r.questions[number] = q
		return
	}
	r.answered(from, number, e, q.data)
}

// answered gives an answer to who waits for it.
func (r *realm) answered(from int, number uint64, e errno, data []byte) {
	if q, there := r.questions[number]; there && q.core == from {
		delete(r.questions, number)
		q.answered(e, data)
	}
}
