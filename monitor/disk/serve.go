package disk

import (
	"encoding/binary"
	"errors"

	"atoll/monitor/binding"
)

// Serve answers a client until the binding ends. The owner has given its end of the
// binding buffers.
func Serve(b *binding.Binding, d Disk) {
	defer b.Close()
	for {
		var ask binding.Message
		err := b.Recv(&ask, restTime)
		if errors.Is(err, binding.ErrTimeout) {
			continue // nobody asks
		}
		if err != nil || ask.Type != typeAsk {
			return
		}
		answer := [7]uint64{ask.W[0]}
		if err := serve(b, d, &ask, &answer); errors.Is(err, errEnd) {
			return
		} else {
			answer[1] = codeOf(err)
		}
		if b.Send(typeAnswer, &answer, stepTime) != nil {
			return
		}
	}
}

// errEnd says that the binding is of no use any more.
var errEnd = errors.New("the binding is to end")

// serve does one request, and writes what its answer says beside the code.
func serve(b *binding.Binding, d Disk, ask *binding.Message, answer *[7]uint64) error {
	sector, count := ask.W[2], ask.W[3]
	switch op := ask.W[1]; op {
	case opRead, opWrite:
		if count == 0 || count > maxCount {
			return ErrRefused
		}
		if op == opRead {
			return serveRead(b, d, sector, int(count)*Sector)
		}
		return serveWrite(b, d, sector, int(count)*Sector)
	case opFlush:
		return d.Flush(RequestTime)
	case opInfo:
		sectors, readOnly, err := d.Measure()
		if answer[2] = sectors; readOnly {
			answer[3] = 1
		}
		return err
	case opIdentify:
		id, err := d.Identify(RequestTime)
		for i := range 3 {
			var word [8]byte
			copy(word[:], id[8*i:])
			answer[2+i] = binary.LittleEndian.Uint64(word[:])
		}
		return err
	}
	return ErrRefused
}

// serveRead reads into a buffer and hands it over.
func serveRead(b *binding.Binding, d Disk, sector uint64, bytes int) error {
	buf, err := b.Buffer(stepTime)
	if err != nil {
		return errEnd
	}
	if err := d.Read(sector, buf.Bytes[:bytes], RequestTime); err != nil {
		buf.Drop()
		return err
	}
	if buf.Hand(bytes, stepTime) != nil {
		return errEnd
	}
	return nil
}

// serveWrite writes what the client has handed over.
func serveWrite(b *binding.Binding, d Disk, sector uint64, bytes int) error {
	part, err := b.Part(stepTime)
	if err != nil {
		return errEnd
	}
	if len(part.Bytes) == bytes {
		err = d.Write(sector, part.Bytes, RequestTime)
	} else {
		err = ErrRefused
	}
	if part.Done(stepTime) != nil {
		return errEnd
	}
	return err
}
