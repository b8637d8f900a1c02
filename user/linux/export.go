package linux

import (
	"syscall"

	"atoll/monitor/parcel"
	"atoll/monitor/stream"
	"atoll/user/pipe"
	"atoll/user/tty"
	"atoll/user/vfs"
)

// Open files of this core that processes on another use: what those ask for is done here, in the order in which
// they ask, and waits here.

// mostExports bounds them, for a realm.
const mostExports = 512

// window is how many bytes may be on their way to be written to one file, as many as a pipe holds.
const window = pipeCapacity

// export is one of them.
type export struct {
	r      *realm
	id     uint64
	core   int    // that uses it
	move   uint64 // for which it was made, 0: for none
	pid    uint64 // of that process, 0: it is the terminal of all
	file   *vfs.File
	wanted uint64     // bytes that are to be read, 0: none
	by     asker      // who wants them
	watch  vfs.Events // that are to be told
	taken  uint64     // bytes that have come to be written
	out    []byte     // those of them that are still to be
	asks   []request  // that are answered then
	closes bool       // nobody uses it any more, when all is written
	waiter vfs.Waiter
	due    bool // it is about to be looked at
	asking bool // the file asks somebody else, in a coroutine
	again  bool // there is more to do since

	to     *stream.Writer // into which goes what is written to the pipe, nil: it is read when it is wanted
	in     *stream.Reader // what is written comes in it, behind what has come, nil: in parcels
	source *pipe.Source   // of the pipe, nil: not yet
}

// request is what is asked of an export, and the number of the question.
type request struct {
	request uint32
	number  uint64
	in      []byte
	behind  uint64 // answered when so many bytes have been written
}

// mostRequests bounds those that wait until something has been written, and mostAsked what comes with all of a core, in bytes: as many as its calls ask
// at once with 32 KiB each are a third of that.
const (
	mostRequests = 1024
	mostAsked    = 8 << 20
)

// exportFile lets a core use an open file, and returns its number there.
func (r *realm) exportFile(core int, move, pid uint64, f *vfs.File) uint64 {
	r.lastExport++
	e := &export{r: r, id: r.lastExport, core: core, move: move, pid: pid, file: f}
	e.waiter.Wake = e.look
	f.Hold()
	r.exports[e.id] = e
	return e.id
}

// mostNames bounds the names of the files of a process that moves, in bytes: the files are what they are without, and those of
// 1024 descriptors would not be one parcel.
const mostNames = 32 << 10

// exportFiles has a process take its open files with it on a move: descriptors that name the same file still do. It fails with ENFILE if there are
// too many, and has exported some.
func (r *realm) exportFiles(p *Process, core int, move uint64, d *record) (err error) {
	files, names := map[*vfs.File]fileRecord{}, mostNames
	p.files.Each(func(fd uint64, f *vfs.File) {
		if closes, _ := p.files.CloseOnExec(fd); closes || err != nil {
			return
		}
		x, known := files[f]
		if !known {
			x, err = r.recordFile(f, core, func() (uint64, error) {
				if len(r.exports) >= mostExports {
					return 0, syscall.ENFILE
				}
				return r.exportFile(core, move, p.id, f), nil
			})
			files[f] = x
		}
		x.fd, x.name = fd, f.Path(p.fs)
		if names -= len(x.name); names < 0 {
			x.name = ""
		}
		d.files = append(d.files, x)
	})
	if err == nil && p.fs.Terminal != nil {
		f := vfs.NewFile(p.fs.Terminal, syscall.O_RDWR, "/dev/tty")
		d.terminal, err = r.recordFile(f, core, func() (uint64, error) {
			if r.terminals[core] == 0 {
				r.terminals[core] = r.exportFile(core, 0, 0, f)
			}
			return r.terminals[core], nil
		})
		d.terminal.mode = syscall.S_IFCHR | 0o600
	}
	return err
}

// recordFile returns what a record that goes to a core says of an open file, which is exported if it does not lie there.
func (r *realm) recordFile(f *vfs.File, core int, export func() (uint64, error)) (x fileRecord, err error) {
	x = fileRecord{flags: uint64(f.Flags), mode: uint64(modeOf(f))}
	far := farOf(f.Content)
	if far != nil {
		x.core, x.origin = uint64(far.origin.core), far.origin.id
		if far.isBack(f, core) {
			return x, nil
		}
	}
	if x.file, err = export(); far == nil {
		x.core, x.origin = uint64(r.here), x.file
	}
	return x, err
}

// modeOf returns the type of an open file, and does not ask another core, for which it would wait in the middle of a move.
func modeOf(f *vfs.File) uint32 {
	if far := farOf(f.Content); far != nil {
		return far.mode
	}
	return f.Attr().Mode
}

// dropExports takes back what was exported for a process that does not go: what an earlier move of it has left there is used still.
func (r *realm) dropExports(move uint64) {
	for _, e := range r.exports {
		if e.move == move {
			e.end()
		}
	}
}

// writing returns what a process has written on a core that is still on its way to a file, or to the terminal, whoever
// has written it there: by the files, how far they are to be written. In pipes it may be for ever.
func (r *realm) writing(core int, pid uint64, pipes bool) (until map[*export]uint64) {
	for _, e := range r.exports {
		if e.core == core && (e.pid == pid || e.pid == 0) && len(e.out) > 0 && (pipes || !inPipe(e.file)) {
			if until == nil {
				until = map[*export]uint64{}
			}
			until[e] = e.taken
		}
	}
	return until
}

// inPipe reports whether what is written to a file may never be read.
func inPipe(f *vfs.File) bool {
	if far := farOf(f.Content); far != nil {
		return far.mode&syscall.S_IFMT == syscall.S_IFIFO
	}
	return pipe.IsEnd(f.Content)
}

// written returns how far the file has been written: all of it, if it is not used any more.
func (e *export) written() uint64 { return e.taken - uint64(len(e.out)) }

// take takes what the core that uses the file asks for.
func (e *export) take(p *parcel.Parcel, a, b uint64) {
	switch p.Kind {
	case parcelRead:
		e.wanted, e.by = min(a, window), asker(b)
		e.openStream()
	case parcelWatch:
		e.watch |= vfs.Events(a)
	case parcelWrite:
		if len(e.out)+len(p.Data) > window {
			e.end() // it was told how much there is room for
			return
		}
		e.out, e.taken = append(e.out, p.Data...), e.taken+uint64(len(p.Data))
	case parcelControl:
		if len(e.asks) == mostRequests || e.r.asked[e.core]+len(p.Data) > mostAsked {
			e.end() // as many as the core's processes have threads do not ask at once
			return
		}
		e.r.asked[e.core] += len(p.Data)
		e.asks = append(e.asks, request{uint32(a), b, p.Data, e.taken})
	case parcelStream:
		if p.In == nil || e.in != nil || !e.streams() {
			e.end() // it was not told that one would be taken
			return
		}
		e.in, p.In = p.In, nil
	case parcelStir:
		if e.to != nil || e.source != nil {
			pipe.Stirred(e.file.Stream())
		}
		return
	case parcelClose:
		e.wanted, e.watch, e.closes = 0, 0, true
		if e.source != nil {
			e.source.Finish()
		}
	}
	e.progress()
}

// gone tells who asks something of a file that this core has no more, or never had, so that he does not wait for it.
func (r *realm) gone(from int, p *parcel.Parcel) {
	switch p.Kind {
	case parcelControl:
		r.reply(from, p.W[3], syscall.EIO, nil)
	case parcelRead, parcelWrite, parcelWatch, parcelStream:
		r.send(from, parcelGone, p.W[1], 0, 0, nil)
	}
}

// look has it looked at soon: something of the file has changed, in the middle of another's call.
func (e *export) look() {
	if !e.due {
		e.due = true
		e.r.sys.loop.Do(func() {
			e.due = false
			if !e.over() && !e.r.sys.ended {
				e.progress()
			}
		})
	}
}

// over reports whether it has ended.
func (e *export) over() bool { return e.r.exports[e.id] != e }

// slow reports whether the file may have to ask somebody else, and wait for the answer.
func (e *export) slow() bool { return e.file.Stream() == nil && !e.file.InMemory() }

// progress does what can be done now, and waits for the rest: once at a time, where that waits in its middle.
func (e *export) progress() {
	switch {
	case !e.slow():
		e.step()
	case e.asking:
		e.again = true
	default:
		e.asking = true
		e.r.answering(e.core, func() {
			for e.again = true; e.again && !e.over(); {
				e.again = false
				e.step()
			}
			e.asking = false
		})
	}
}

func (e *export) step() {
	e.waiter.Remove()
	if e.to == nil {
		e.read()
	} else if e.file.Ready()&vfs.Hup != 0 && e.wanted > 0 {
		e.tell(nil, nil) // the end, behind what is in the stream
	}
	wrote := e.write()
	e.receive()
	for len(e.asks) > 0 && e.written() >= e.asks[0].behind {
		ask := e.asks[0]
		e.asks = e.asks[1:]
		e.control(ask.request, ask.number, ask.in)
		e.r.asked[e.core] -= len(ask.in)
	}
	if e.over() {
		return
	}
	if told := e.file.Ready() & (e.watch | vfs.Err | vfs.Hup); e.watch != 0 && told != 0 {
		e.watch = 0
		e.send(parcelReady, uint64(told), 0, nil)
	}
	if q := e.file.Queue(); q != nil && (e.wanted > 0 && e.to == nil || e.watch != 0 || len(e.out) > 0) {
		q.Add(&e.waiter)
	}
	if e.closes && len(e.out) == 0 && (e.in.Have() == 0 || e.file.Ready()&vfs.Err != 0) {
		e.end()
	}
	if wrote {
		e.r.hear(e.core)
	}
}

// openStream has what is written to a pipe go to who reads it in a stream, if nobody else reads: nobody misses what he has before he asks, and nobody comes to it
// any more but by way of who has it.
func (e *export) openStream() {
	end := e.file.Stream()
	if e.to != nil || e.wanted == 0 || end == nil || !e.file.Lone() || !pipe.MaySend(end) {
		return
	}
	if e.to = e.r.link.Stream(e.core); e.to != nil {
		e.r.sendStream(e.core, e.id, toUser, e.to)
		pipe.Send(end, e.to, e.stir, e.look)
	}
}

// streams reports whether what is written may come in a stream: once it may it may always.
func (e *export) streams() bool {
	end := e.file.Stream()
	return end != nil && pipe.MayReceive(end)
}

// receive has the pipe be read out of the stream in which comes what is written, behind what has come before it.
func (e *export) receive() {
	if e.in == nil || e.source != nil || len(e.out) > 0 || e.over() {
		return
	}
	e.source = pipe.Receive(e.file.Stream(), e.in, e.stir, e.look)
	if e.closes {
		e.source.Finish()
	}
}

// stir has the core that uses the file look: something has been read out of the stream, or written into it.
func (e *export) stir() { e.send(parcelStir, toUser, 0, nil) }

// read reads what is wanted, if something has come, or may be sent without that.
func (e *export) read() {
	switch f := e.file.Content.(type) {
	case *tty.Terminal:
		if e.wanted > 0 && e.by.background(f) {
			e.deny(errBackground)
			return
		}
	case relay:
		f.readBy(e.by)
		defer f.readBy(0)
	}
	if e.wanted == 0 {
		return
	}
	buf := e.r.sys.files.Buffer()
	n, err := e.file.Read(buf[:min(e.wanted, uint64(len(buf)))])
	if err == syscall.EAGAIN || e.over() {
		return
	}
	e.tell(err, append([]byte(nil), buf[:n]...))
}

// tell answers who wants to read.
func (e *export) tell(err error, data []byte) {
	e.wanted = 0
	e.send(parcelData, errorWord(err), uint64(e.by), data)
}

// wouldTake says, beside an error, that what is written might come in a stream.
const wouldTake = 1 << 32

// deny says that what is wanted is not to be had.
func (e *export) deny(err error) { e.tell(err, nil) }

// sharing is a stream of which who writes from another core leaves room for the threads of this one, which would never find any: it is told in the
// loop that there is, and they have their turns after that.
type sharing interface{ Spare(b []byte) int }

// write writes what is to be, as far as there is room, and reports whether that is something.
func (e *export) write() (some bool) {
	for len(e.out) > 0 {
		b := e.out
		if s, is := e.file.Content.(sharing); is {
			b = b[:s.Spare(b)]
		}
		if len(b) == 0 {
			return some
		}
		n, err := e.file.Write(b)
		switch {
		case err == syscall.EAGAIN, e.over():
			return some
		case err != nil:
			e.out = nil
			e.answer(parcelWritten, err, 0, nil)
			return true
		}
		e.out = e.out[n:]
		word := uint64(0)
		if e.streams() {
			word = wouldTake
		}
		e.send(parcelWritten, word, uint64(n), nil)
		some = true
	}
	e.out = nil
	if e.in != nil && !e.closes && e.file.Ready()&vfs.Err != 0 {
		e.answer(parcelWritten, syscall.EPIPE, 0, nil)
	}
	return some
}

func (e *export) send(kind uint16, a, b uint64, data []byte) {
	e.r.send(e.core, kind, e.id, a, b, data)
}

// answer tells an error, or what was done.
func (e *export) answer(kind uint16, err error, b uint64, data []byte) {
	e.send(kind, errorWord(err), b, data)
}

// errorWord is an error as a word of a parcel.
func errorWord(err error) uint64 {
	if err == nil {
		return 0
	}
	return uint64(errnoOf(err))
}

// end takes the file back.
func (e *export) end() {
	if e.over() {
		return
	}
	delete(e.r.exports, e.id)
	e.waiter.Remove()
	for _, ask := range e.asks {
		e.r.asked[e.core] -= len(ask.in)
	}
	e.out, e.asks = nil, nil
	if e.source != nil {
		e.source.Drop()
	}
	e.file.Release()
	e.in.Close()
	e.to.Close()
	e.r.hear(e.core)
}
