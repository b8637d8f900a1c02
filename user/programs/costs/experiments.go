package main

import (
	"syscall"
	"time"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// experiments is all there is to measure.
var experiments = []struct {
	key, what string
	measure   func(w *world) (ns float64, err error)
}{
	{"null", "null call", calls(func(w *world, c *code) { c.call(abi.CallNull) })},
	{"null_fp", "null call, floating-point registers dirty", calls(func(w *world, c *code) { c.float(); c.call(abi.CallNull) })},
	{"linux", "null call of a Linux process (gettid)", linuxCall},
	{"fault", "page fault of a Linux process", pageFault},
	{"switch", "switch between two address spaces", switches(false)},
	{"switch_fp", "the same, floating-point registers dirty", switches(true)},
	{"lrpc", "LRPC, one way, two address spaces", lrpc(false)},
	{"lrpc_fp", "the same, floating-point registers dirty", lrpc(true)},
	{"identify", "identify a capability", calls(func(w *world, c *code) { c.call(abi.CallIdentify, uint64(w.ram)) })},
	{"copy", "copy one, and delete it", calls(func(w *world, c *code) {
		c.call(abi.CallCopy, uint64(w.ram), uint64(w.spare))
		c.call(abi.CallDelete, uint64(w.spare))
	})},
	{"mint", "mint one, and delete it", calls(func(w *world, c *code) {
		c.call(abi.CallMint, uint64(w.box[0]), uint64(w.spare), uint64(capability.Write), 7)
		c.call(abi.CallDelete, uint64(w.spare))
	})},
	{"move", "move one there and back", calls(func(w *world, c *code) {
		c.call(abi.CallMove, uint64(w.ram), uint64(w.spare))
		c.call(abi.CallMove, uint64(w.spare), uint64(w.ram))
	})},
	{"retype", "make a frame of RAM, cleared, and delete it", calls(func(w *world, c *code) {
		c.call(abi.CallRetype, uint64(w.ram), 0, uint64(capability.Frame), layout.PageSize, 1, uint64(abi.SlotRoot), uint64(w.spare)>>16)
		c.call(abi.CallDelete, uint64(w.spare))
	})},
	{"map", "map a frame, and unmap it", calls(func(w *world, c *code) {
		c.call(abi.CallMap, uint64(w.frame), uint64(w.d[0].table), codeAt/layout.PageSize+1, 1, 0, uint64(capability.Read))
		c.call(abi.CallUnmap, uint64(w.frame))
	})},
}

// calls measures what a dispatcher does again and again.
func calls(body func(w *world, c *code)) func(*world) (float64, error) {
	return func(w *world) (float64, error) {
		var c code
		beside := c.times(func() { body(w, &c) })
		c.end(uint64(w.done))
		begin, err := w.run(&c)
		return each(begin, w.rounds, beside), err
	}
}

// switches measures two dispatchers that yield to each other by name: to who is next a
// dispatcher would often yield to itself.
func switches(float bool) func(*world) (float64, error) {
	return func(w *world) (float64, error) {
		var programs [2]code
		body := func(i int) func() {
			c := &programs[i]
			return func() {
				if float {
					c.float()
				}
				c.call(abi.CallYield, uint64(w.d[1-i].cap))
			}
		}
		programs[0].forever(body(0))
		beside := programs[1].times(body(1))
		programs[1].end(uint64(w.done))
		begin, err := w.run(&programs[0], &programs[1])
		return each(begin, 2*w.rounds, beside), err
	}
}

// lrpc measures a client that calls a server, and its answers.
func lrpc(float bool) func(*world) (float64, error) {
	return func(w *world) (float64, error) {
		var server, client code
		body := func(c *code, to, at int) func() {
			return func() {
				if float {
					c.float()
				}
				c.call(abi.CallExchange, uint64(w.box[to]), uint64(w.box[at]))
			}
		}
		server.waits()
		server.call(abi.CallReceive, uint64(w.box[0]))
		server.forever(body(&server, 1, 0))
		client.waits()
		beside := client.times(body(&client, 0, 1))
		client.end(uint64(w.done))
		begin, err := w.run(&server, &client)
		return each(begin, 2*w.rounds, beside), err
	}
}

// linuxCall measures a system call that does next to nothing.
func linuxCall(w *world) (float64, error) {
	begin := time.Now()
	for range w.rounds {
		syscall.RawSyscall(syscall.SYS_GETTID, 0, 0, 0)
	}
	return each(begin, w.rounds, 0), nil
}

// pageFault measures the first use of pages, whose tables are there.
func pageFault(w *world) (float64, error) {
	const pages, warm = 1024, 512 // a table maps 512 pages
	b, err := syscall.Mmap(-1, 0, pages*layout.PageSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return 0, err
	}
	defer syscall.Munmap(b)
	for i := 0; i < pages; i += warm {
		b[i*layout.PageSize] = 1
	}
	begin := time.Now()
	for i := range pages {
		b[i*layout.PageSize+1] = 1
	}
	return each(begin, pages, 0), nil
}
