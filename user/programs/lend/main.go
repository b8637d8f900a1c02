// Lend has a program of another core use frames of this one, and takes them back.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/binding"
	"atoll/user/memory"
	"atoll/user/program"
	"atoll/user/remote"
	"atoll/user/slots"
	"atoll/user/sys"
)

const about = `lend CORE [COUNT]: passes COUNT frames, 100 if it is not given, to itself on another core, one after the other;
that maps and uses each; every other one it deletes, the others are revoked
lend hold CORE: passes one, and waits to be ended
lend ram CORE, lend ram hold CORE: does so with RAM, of which both cores make frames
lend borrow, lend borrow hold: takes RAM of this core, and when there is none of others', uses it and gives it back
lend take NAME [COUNT], lend use NAME: the side on the other core`

func main() { program.Main("lend", about, lend) }

// patience bounds how long each side waits for the other.
const patience = 20 * time.Second

// Bounds of the arguments.
const (
	usualCount = 100
	mostCount  = 1_000_000
	mostCore   = 1 << 16
)

func lend(args []string, out io.Writer) error {
	if len(args) > 0 && args[0] == "borrow" {
		if len(args) > 2 || len(args) == 2 && args[1] != "hold" {
			return program.Misuse("borrow takes nothing, or hold")
		}
		return borrow(out, len(args) == 2)
	}
	ram := len(args) > 1 && args[0] == "ram"
	if ram {
		args = args[1:]
	}
	hold := len(args) > 0 && args[0] == "hold"
	if hold {
		args = args[1:]
	}
	switch {
	case len(args) == 2 && args[0] == "take":
		return take(args[1], 0)
	case len(args) == 3 && args[0] == "take":
		n, err := program.Count(args[2], mostCount)
		if err != nil {
			return err
		}
		return take(args[1], n)
	case len(args) == 2 && args[0] == "use":
		return useRAM(args[1])
	case len(args) == 0 || len(args) > 2 || (hold || ram) && len(args) != 1:
		return program.Misuse("it takes a core, and a count")
	}
	core, err := strconv.Atoi(args[0])
	if err != nil || core < 0 || core > mostCore {
		return program.Misuse("there is no core " + strconv.Quote(args[0]))
	}
	if ram {
		return lendRAM(out, core, hold)
	}
	n := usualCount
	if len(args) == 2 {
		if n, err = program.Count(args[1], mostCount); err != nil {
			return err
		}
	}
	if hold {
		n = 0
	}
	return giveTo(out, core, n)
}

// giveTo has the other side run, and gives it frames; 0 is one that it keeps.
func giveTo(out io.Writer, core, n int) error {
	space := memory.NewSpace(memory.Own())
	name := fmt.Sprintf("lend-%s-%d", os.Getenv("ATOLL_CORE"), core)
	args := []string{"lend", "take", name}
	if n > 0 {
		args = append(args, strconv.Itoa(n))
	}
	ended := make(chan error, 2)
	go func() {
		status, err := remote.Run(memory.Own(), space, core, abi.Forever, args...)
		if err == nil && status != 0 {
			err = fmt.Errorf("on core %d the program has ended with status %d", core, status)
		}
		ended <- err
	}()
	go func() { ended <- give(out, space, name, core, n) }()
	for range 2 {
		if err := <-ended; err != nil {
			return err
		}
	}
	return nil
}

// give passes frames to whoever binds.
func give(out io.Writer, space *memory.Space, name string, core, n int) error {
	b, err := binding.Offer(space, name, patience)
	if err != nil {
		return err
	}
	for i := range max(n, 1) {
		if err := giveOne(space, b, uint64(i), n == 0); err != nil {
			return fmt.Errorf("frame %d: %w", i, err)
		}
		if n == 0 {
			fmt.Fprintf(out, "lend: core %d holds a frame\n", core)
			return sys.Wait(abi.Forever)
		}
	}
	fmt.Fprintf(out, "lend: core %d had %d frames, %d of which were revoked\n", core, n, n/2)
	return b.Close()
}

// giveOne passes a frame. The other side finds a word in it, and puts another there.
func giveOne(space *memory.Space, b *binding.Binding, i uint64, keeps bool) error {
	frame, err := memory.Own().Make(capability.Frame, layout.PageSize)
	if err != nil {
		return err
	}
	va, err := space.Map(frame.Cap, layout.PageSize, capability.Read|capability.Write)
	if err != nil {
		return err
	}
	words := memory.Words(va, layout.PageSize)
	words[0] = ^i
	if err := b.Pass(frame.Cap, capability.AllRights, patience); err != nil {
		return fmt.Errorf("it is not passed: %w", err)
	}
	if err := b.Await(sys.After(patience)); err != nil {
		return fmt.Errorf("the other side does not use it: %w", err)
	}
	if words[1] != i+1 {
		return fmt.Errorf("the other side has written %#x", words[1])
	}
	if keeps {
		return nil
	}
	if i%2 == 1 {
		if err := sys.Revoke(frame.Cap); err != nil {
			return fmt.Errorf("it is not revoked: %w", err)
		}
		if err := errors.Join(b.Ring(), b.Await(sys.After(patience))); err != nil {
			return err
		}
	}
	if err := space.Unmap(va); err != nil {
		return err
	}
	return memory.Own().Drop(frame)
}

// take uses what it is passed.
func take(name string, n int) error {
	space := memory.NewSpace(memory.Own())
	b, err := binding.Bind(space, name, patience)
	if err != nil {
		return err
	}
	slot, err := slots.Own.Take()
	if err != nil {
		return err
	}
	for i := range max(n, 1) {
		if err := takeOne(space, b, slot, uint64(i), n == 0); err != nil {
			return fmt.Errorf("frame %d: %w", i, err)
		}
	}
	if err := b.Await(sys.After(patience)); err != abi.ErrPeerDead {
		return fmt.Errorf("the end of the channel is told as %v", err)
	}
	return nil
}

// takeOne uses a frame, and deletes it, or sees it revoked.
func takeOne(space *memory.Space, b *binding.Binding, slot sys.Cap, i uint64, keep bool) error {
	if err := b.Await(sys.After(patience)); err != nil {
		return fmt.Errorf("it does not come: %w", err)
	}
	if err := sys.Collect(b.Cap, slot); err != nil {
		return fmt.Errorf("it cannot be collected: %w", err)
	}
	is, err := sys.Identify(slot)
	if want := capability.Read | capability.Write; err != nil || is.Type != capability.Frame || is.Rights != want {
		return fmt.Errorf("it is %+v, %v", is, err)
	}
	va, err := space.Map(slot, layout.PageSize, capability.Read|capability.Write)
	if err != nil {
		return err
	}
	words := memory.Words(va, layout.PageSize)
	if words[0] != ^i {
		return fmt.Errorf("it begins with %#x", words[0])
	}
	words[1] = i + 1
	if keep {
		if err := b.Ring(); err != nil {
			return err
		}
		return sys.Wait(abi.Forever)
	}
	if i%2 == 0 {
		err := space.Unmap(va)
		return errors.Join(err, sys.Delete(slot), b.Ring())
	}
	if err := errors.Join(b.Ring(), b.Await(sys.After(patience))); err != nil {
		return err
	}
	if _, err := sys.Identify(slot); err != capability.ErrNoSuchCap && err != abi.Error(capability.ErrNoSuchCap) {
		return fmt.Errorf("it has been revoked, and is there: %v", err)
	}
	return errors.Join(space.Unmap(va), b.Ring())
}
