package linux

import (
	"syscall"

	"atoll/monitor/parcel"
	"atoll/monitor/stream"
	"atoll/user/pipe"
	"atoll/user/vfs"
)

// Open files of another core, as the processes here use them: streams. What is read is asked for, and comes; what is
// written is on its way as far as there is a window for it. Of a pipe both go through memory that both cores have (package stream), once that is agreed:
// who has the pipe sends a stream to who asks for bytes of it, if nobody else reads; to who has written it says that it would take one.

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
	content []byte         // that has come
	asked   bool           // more has been asked for
	asker   asker          // who has asked last, of a terminal: 0 of others
	granted asker          // for whom the content has come
	refused asker          // who is in the background, and has not learnt it yet
	reader  asker          // who reads just now, if he is on a third core
	ended   bool           // the end has come
	way     int            // bytes that are on their way to be written
	out     []byte         // that go when those have arrived, or are as many as atLeast
	err     error          // nothing can be written any more
	lost    error          // nor read
	told    vfs.Events     // that it is ready for, until something is done
	watches bool           // what it is ready for has been asked
	from    *stream.Reader // what is written comes in it, behind what has come, nil: in parcels
	to      *stream.Writer // what is to be written goes into it, nil: it goes in parcels
	queue   vfs.Queue
}

// importFiles gives a process that has come the files that it takes with it. What no descriptor comes to name is closed again.
func (r *realm) importFiles(p *Process, core int, d *record) {
	files := map[uint64]*vfs.File{}
	for _, x := range d.files {
		f := files[x.file]
		switch {
		case x.file == 0:
			f = r.ownFile(&x)
		case f == nil:
			f = vfs.NewFile(r.importFile(core, &x), int(x.flags), x.name)
			f.Hold()
			files[x.file] = f
		}
		if f == nil {
			f = vfs.NewFile(r.goneFile(core, &x), int(x.flags), x.name)
		}
		p.files.Put(f, x.fd, false)
	}
	for _, f := range files {
		f.Release()
	}
	switch x := &d.terminal; {
	case x.origin == 0:
	case x.file != 0:
		p.fs.Terminal = lasting{r.importTerminal(core, x)}
	default:
		if f := r.ownFile(x); f != nil {
			p.fs.Terminal = f.Stream()
		}
	}
}

// lasting is a stream that whoever opens it does not close.
type lasting struct{ *farFile }

func (lasting) Close() error { return nil }

// mayImport reports whether a core may have exported so many files as are used here, with those of a record: beside those that are bounded there, the terminal.
func (r *realm) mayImport(core int, d *record) bool {
	files := map[uint64]bool{}
	for _, x := range d.files {
		if x.file != 0 {
			files[x.file] = true
		}
	}
	n := len(files)
	for key := range r.imports {
		if key.core == core {
			n++
		}
	}
	return n <= mostExports+1
}

// importFile takes up an open file of a core. A number is one file's: if it is another's already, that core has given up the old one, or lies.
func (r *realm) importFile(core int, x *fileRecord) *farFile {
	f := &farFile{farKey: farKey{core, x.file}, origin: farKey{int(x.core), x.origin}, r: r, mode: uint32(x.mode)}
	if old := r.imports[f.farKey]; old != nil {
		old.lose()
	}
	r.imports[f.farKey] = f
	return f
}

// importTerminal returns the terminal as a core has it. That is one for all processes that come from there, whatever is said of a later one, and
// lasts as long as the core.
func (r *realm) importTerminal(core int, x *fileRecord) *farFile {
	if r.lent[core] == nil {
		r.lent[core] = r.importFile(core, x)
	}
	return r.lent[core]
}

// goneFile is an open file of this core that was one of an earlier life of it: nothing can be done with it, as elsewhere, where those who had it open know
// of the death.
func (r *realm) goneFile(core int, x *fileRecord) *farFile {
	return &farFile{farKey: farKey{core, 0}, origin: farKey{int(x.core), x.origin}, r: r, mode: uint32(x.mode), lost: syscall.EIO}
}

// isPipe reports whether it is an end of a pipe, or the like.
func (f *farFile) isPipe() bool { return f.mode&syscall.S_IFMT == syscall.S_IFIFO }

func (f *farFile) send(kind uint16, a uint64, data []byte) { f.r.send(f.core, kind, f.id, a, 0, data) }

// Read reads what has come, and asks for more when that is nothing.
func (f *farFile) Read(b []byte) (int, error) {
	return f.ReadTo(len(b), func(from []byte) (int, error) {
		n := copy(b, from)
		b = b[n:]
		return n, nil
	})
}

// ReadTo is documented with vfs.ReaderTo.
func (f *farFile) ReadTo(size int, take func([]byte) (int, error)) (int, error) {
	switch by := f.by(); {
	case size == 0:
		return 0, nil
	case len(f.content) > 0 && by == f.granted:
		n, err := take(f.content[:min(size, len(f.content))])
		f.content = f.content[n:]
		return n, err
	case f.from.Have() > 0:
		n, err := f.from.Read(size, take)
		if f.from.Stir(pipe.Atomic) {
			f.stir()
		}
		return n, err
	case f.lost != nil:
		return 0, f.lost
	case by != 0 && by == f.refused:
		f.refused = 0
		return 0, errBackground
	case f.ended && by == f.granted:
		f.ended = f.isPipe() // of others there may be more, later
		return 0, nil
	}
	f.told &^= vfs.In
	switch by := f.by(); {
	case f.from != nil:
		if !f.from.Await() {
			return f.ReadTo(size, take)
		}
	case !f.asked || f.asker != by: // who has asked before asks again
		f.asked, f.asker = true, by
		f.r.send(f.core, parcelRead, f.id, uint64(min(size, window)), uint64(by), nil)
	}
	return 0, syscall.EAGAIN
}

// Write sends as much as there is a window for: up to pipe.Atomic bytes all or nothing.
func (f *farFile) Write(b []byte) (int, error) {
	return f.WriteFrom(len(b), func(to []byte) (int, error) {
		n := copy(to, b)
		b = b[n:]
		return n, nil
	})
}

// WriteFrom is documented with vfs.WriterFrom.
func (f *farFile) WriteFrom(n int, fill func([]byte) (int, error)) (int, error) {
	room := window - f.way - len(f.out)
	switch {
	case f.lost != nil:
		return 0, f.lost
	case f.err != nil:
		return 0, f.err
	case n == 0:
		return 0, nil
	case f.to != nil:
		n, err := pipe.Put(f.to, n, fill)
		if n > 0 && f.to.Stir() {
			f.stir()
		}
		return n, err
	case !pipe.Fits(n, room):
		return 0, syscall.EAGAIN
	}
	at := len(f.out)
	f.out = append(f.out, make([]byte, min(n, room))...)
	n, err := fill(f.out[at:])
	f.out = f.out[:at+n]
	if f.way == 0 || len(f.out) >= atLeast {
		f.flush()
	}
	return n, err
}

// Spare is how many of these bytes who is on a third core may write: see tty.Terminal.
func (f *farFile) Spare(b []byte) int {
	const least = window / 2
	if f.to == nil {
		return min(len(b), max(least-f.way-len(f.out), 0))
	}
	for f.to.Room(least+1) <= least {
		if f.to.Await(least + 1) {
			return 0
		}
	}
	return min(len(b), f.to.Room(window)-least)
}

// Waits is documented with vfs.Elsewise.
func (f *farFile) Waits(write bool, n int) bool {
	if write {
		return f.to != nil && f.err == nil && !pipe.Fits(n, f.to.Room(n))
	}
	return f.from != nil && len(f.content) == 0 && !f.ended && f.from.Have() == 0
}

// stir has the core that has the file look: something has been read out of the stream, or written into it.
func (f *farFile) stir() { f.send(parcelStir, toOwner, nil) }

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
	if len(f.content) > 0 || f.from.Have() > 0 || f.ended || f.lost != nil {
		e |= vfs.In
	}
	if f.lost != nil {
		e |= vfs.Hup | vfs.Err
	}
	if f.err != nil {
		e |= vfs.Err
	}
	if f.err != nil || f.roomy() {
		e |= vfs.Out
	}
	if f.from != nil {
		if e&vfs.In == 0 && !f.from.Await() {
			e |= vfs.In
		}
		return e
	}
	if f.to == nil && e&vfs.In == 0 && !f.watches && !f.asked {
		f.watches = true
		f.send(parcelWatch, uint64(vfs.In), nil)
	}
	return e
}

// roomy reports whether a write up to pipe.Atomic bytes has room.
func (f *farFile) roomy() bool {
	if f.to == nil {
		return window-f.way-len(f.out) >= pipe.Atomic
	}
	return f.to.Room(pipe.Atomic) >= pipe.Atomic || !f.to.Await(pipe.Atomic)
}

func (f *farFile) Queue() *vfs.Queue { return &f.queue }

// take takes what the core that has the file says.
func (f *farFile) take(p *parcel.Parcel) {
	e, n := syscall.Errno(uint32(p.W[2])), p.W[3]
	switch by := asker(n); {
	case p.Kind == parcelData && f.lost == nil:
		f.asked = f.asked && f.asker != by
		switch {
		case e == syscall.EAGAIN: // who has asked was signalled, and asks again if he still is there
			f.interruptRelayed(by)
		case e == errBackground:
			f.refused = by
		case e != 0:
			f.lost = e
		case len(f.content)+len(p.Data) > window: // more than was asked for
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
		if p.W[2]&wouldTake != 0 {
			f.offer()
		}
	case p.Kind == parcelStream && p.In != nil && f.from == nil && f.lost == nil:
		f.from, p.In, f.asked = p.In, nil, false
	case p.Kind == parcelGone:
		f.lose()
		return
	case p.Kind == parcelReady:
		f.watches = false
		f.told |= vfs.Events(p.W[2])
	}
	f.queue.Notify()
	if !f.queue.Empty() { // who still waits wants to know of the next time, too
		f.await()
	}
}

// await says that somebody waits for the other end of a stream.
func (f *farFile) await() {
	if f.from != nil {
		f.from.Await()
	}
	if f.to != nil {
		f.to.Await(pipe.Atomic)
	}
}

// offer has what is to be written go into a stream from now on, if there is one.
func (f *farFile) offer() {
	if f.to != nil || f.err != nil || f.lost != nil {
		return
	}
	if f.to = f.r.link.Stream(f.core); f.to != nil {
		f.flush()
		f.r.sendStream(f.core, f.id, toOwner, f.to)
	}
}

// endStreams ends both.
func (f *farFile) endStreams() {
	f.from.Close()
	f.to.Close()
	f.from, f.to = nil, nil
}

// lose says that the core that has the file is dead.
func (f *farFile) lose() {
	if n := f.from.Have(); n > 0 { // the memory is not the dead core's to keep
		f.from.Read(n, func(b []byte) (int, error) {
			f.content = append(f.content, b...)
			return len(b), nil
		})
	}
	f.endStreams()
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
		f.endStreams()
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
