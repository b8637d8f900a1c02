// Hog takes all that it can get of one kind, to see that there is an end to it and that
// nobody else notices.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"atoll/arch/ecall"
	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/program"
	"atoll/user/remote"
	"atoll/user/sys"
)

const about = `hog WAY [TIME]: takes all there is; the ways are
memory (touches more and more: it is ended), ram (of the memory server), capabilities,
threads (it waits for ever then), tasks (processes that fork and compute for ever), runs (programs that compute for ever, on each core),
files, pipes (fills them, and holds them for a time), areas (of its address space), output (prints for a time); the time is 1s if none is given`

func main() { program.Main("hog", about, hog) }

func hog(args []string, out io.Writer) error {
	if len(args) == 0 || len(args) > 2 {
		return program.Misuse("a way is needed")
	}
	span := time.Second
	if len(args) > 1 {
		var err error
		if span, err = program.Span(args[1]); err != nil {
			return err
		}
	}
	way := map[string]func(time.Duration, io.Writer) error{
		"memory": hogMemory, "ram": hogRAM, "capabilities": hogCapabilities, "threads": hogThreads, "tasks": hogTasks, "runs": hogRuns,
		"files": hogFiles, "pipes": hogPipes, "areas": hogAreas, "output": hogOutput,
	}[args[0]]
	if way == nil {
		return program.Misuse("there is no way " + strconv.Quote(args[0]))
	}
	return way(span, out)
}

var hoard [][]byte

func hogMemory(time.Duration, io.Writer) error {
	for {
		b := make([]byte, 1<<20)
		for i := 0; i < len(b); i += layout.PageSize {
			b[i] = 1
		}
		hoard = append(hoard, b)
	}
}

// hogRAM takes RAM from the memory server, in ever smaller pieces.
func hogRAM(_ time.Duration, out io.Writer) error {
	bytes, pieces := uint64(0), 0
	for size := uint64(64 << 20); size >= layout.PageSize; {
		if _, err := memory.Take(size, 0); err != nil {
			size /= 2
			continue
		}
		bytes += size
		pieces++
	}
	fmt.Fprintf(out, "hog: %d KiB of RAM in %d pieces, and no more\n", bytes>>10, pieces)
	return nil
}

// hogCapabilities fills tables of capabilities with copies, and with tables.
func hogCapabilities(_ time.Duration, out io.Writer) error {
	tables, copies := 0, 0
	for {
		o, err := memory.Own().Make(capability.CNode, layout.PageSize)
		if err != nil {
			fmt.Fprintf(out, "hog: %d tables with %d capabilities, and no more: %v\n", tables, copies, err)
			return nil
		}
		tables++
		for i := sys.Cap(1); i < capability.SlotsPerPage; i++ {
			if err := sys.Copy(abi.SlotRAM, o.Cap+i); err != nil {
				return err
			}
			copies++
		}
	}
}

// hogThreads makes threads. The Go runtime does not see on riscv64 that there are no more (its
// clone returns 0 then, too), and waits for one that never comes.
func hogThreads(time.Duration, io.Writer) error {
	for {
		go func() {
			runtime.LockOSThread()
			select {}
		}()
		runtime.Gosched()
	}
}

// hogTasks forks for ever, and so do all that come from it. They use nothing of the runtime's,
// which has one thread in them. SIGINT ends them at once: the runtime would catch it on any thread,
// and while that is on its way to the process's end the first one goes on, and forks one that nobody
// sends a signal any more, as on Linux.
func hogTasks(time.Duration, io.Writer) error {
	r := &ecall.Registers{0, layout.PageSize, 1, 0x22, ^uint64(0)}
	if ecall.Call(nrMmap, r); int64(r[0]) < 0 {
		return syscall.Errno(-int64(r[0]))
	}
	*r = ecall.Registers{uint64(syscall.SIGINT), r[0], 0, 8} // all bytes of the action are 0: by default
	if ecall.Call(nrSigaction, r); r[0] != 0 {
		return syscall.Errno(-int64(r[0]))
	}
	for {
		*r = ecall.Registers{uint64(syscall.SIGCHLD)}
		ecall.Call(nrClone, r)
	}
}

// runsEach is how many programs hogRuns has on each core: so many that all of them are no more than
// the cores give.
const runsEach = 4

// hogRuns runs programs that compute for ever.
func hogRuns(time.Duration, io.Writer) error {
	cores, err := os.ReadFile("/mk/cores")
	if err != nil {
		return err
	}
	space := memory.NewSpace(memory.Own())
	ends := make(chan error)
	for n := range runsEach * bytes.Count(cores, []byte("\n")) {
		go func() {
			_, err := remote.Run(memory.Own(), space, n/runsEach, abi.Forever, "spin", "1")
			ends <- err
		}()
	}
	return <-ends
}

// Numbers of Linux.
const nrEventfd, nrEpollCreate, nrSigaction, nrMunmap, nrClone, nrMmap = 19, 20, 134, 215, 220, 222

// areasAt is where hogAreas begins.
const areasAt = 40 * layout.GigaPage

func hogFiles(_ time.Duration, out io.Writer) error {
	for n := 0; ; n++ {
		r := ecall.Registers{}
		ecall.Call(nrEventfd+uint64(n%2), &r)
		if int64(r[0]) < 0 {
			fmt.Fprintf(out, "hog: %d files, and no more\n", n)
			return nil
		}
	}
}

// hogPipes makes pipes and fills them.
func hogPipes(span time.Duration, out io.Writer) error {
	block, pipes, bytes := make([]byte, 4096), 0, 0
	for {
		var ends [2]int
		if err := syscall.Pipe2(ends[:], syscall.O_NONBLOCK); err != nil {
			fmt.Fprintf(out, "hog: %d pipes with %d KiB, and no more: %v\n", pipes, bytes>>10, err)
			time.Sleep(span)
			return nil
		}
		pipes++
		for {
			n, err := syscall.Write(ends[1], block)
			if err != nil {
				break
			}
			bytes += n
		}
	}
}

// hogAreas makes mappings that cannot be joined.
func hogAreas(_ time.Duration, out io.Writer) error {
	for n := 0; ; n++ {
		r := ecall.Registers{areasAt + uint64(n)*2*layout.PageSize, layout.PageSize, 1, 0x32, ^uint64(0)}
		ecall.Call(nrMmap, &r)
		if int64(r[0]) < 0 {
			// Some go back at once: the runtime dies when it needs one and gets none.
			r = ecall.Registers{areasAt, 64 * layout.PageSize}
			ecall.Call(nrMunmap, &r)
			fmt.Fprintf(out, "hog: %d areas, and no more\n", n)
			return nil
		}
	}
}

// hogOutput prints lines, and pieces that never become one.
func hogOutput(span time.Duration, out io.Writer) error {
	w := bufio.NewWriterSize(out, 4096)
	for end := time.Now().Add(span); time.Now().Before(end); {
		for range 100 {
			fmt.Fprintf(w, "hog: a line of the flood, number %d", rand.Uint64())
			if rand.IntN(4) > 0 {
				fmt.Fprintln(w)
			}
		}
	}
	fmt.Fprintln(w)
	return w.Flush()
}
