// First is the program of docs/user.md: it makes a page of memory for itself.
package main

import (
	"fmt"
	"io"

	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/program"
)

const about = "first: takes RAM, makes a frame of it, maps it, writes to it, and gives it back"

func main() { program.Main("first", about, first) }

func first(args []string, out io.Writer) error {
	if len(args) > 0 {
		return program.Misuse("it takes no arguments")
	}
	arena, err := memory.NewArena(16 << 10) // four pages of the core's memory server
	if err != nil {
		return err
	}
	frame, err := arena.Make(capability.Frame, 4<<10)
	if err != nil {
		return err
	}
	space := memory.NewSpace(arena)
	va, err := space.Map(frame.Cap, frame.Size, capability.Read|capability.Write)
	if err != nil {
		return err
	}
	copy(memory.Bytes(va, frame.Size), "written to a page of its own")
	fmt.Fprintf(out, "at %#x: %.28s\n", va, memory.Bytes(va, frame.Size))
	if err := space.Unmap(va); err != nil {
		return err
	}
	if err := arena.Drop(frame); err != nil {
		return err
	}
	return arena.Close()
}
