package console

import "io"

// Programs is what commands can ask about programs of user mode.
type Programs interface {
	// Run has a core run a program. It returns the status with which it has ended, or in
	// the background its number as soon as it has begun.
	Run(core int, p Program) (ProgramEnd, error)
	// Kill has a core end a program.
	Kill(core int, pid uint64) error
	// Processes asks a core for the programs that it runs, and for the memory for more.
	Processes(core int) ([]Process, ProgramMemory, error)
	// Files asks a core for the programs there are.
	Files(core int) ([]ProgramFile, error)
}

// Terminal is the console's line while a program has it.
type Terminal interface {
	// Write brings bytes to the screen. It may block.
	io.Writer
	// Keys has a function called with what is typed, until it is called with nil.
	Keys(typed func([]byte))
	// Return gives back what was typed for the function and nobody has read: it goes ahead of what is
	// typed next. It is called once, when Keys has been called with nil.
	Return(unread []byte)
}

// Program is a program to run.
type Program struct {
	Args       []string // the first is its name
	Memory     uint64   // bytes, 0 for what is usual
	Background bool
	Trusted    bool     // with the capability to the core
	Span       []int    // cores that its threads may run on, beside its own
	Trace      bool     // its system calls are told in lines
	Calls      string   // which, all if empty
	Terminal   Terminal // the console's line, nil: it has none
	// Commander is the right to give the console commands; nil: it has not. On another core it ends with
	// Run, also for who runs in the background.
	Commander Commander
}

// ProgramEnd says which program it was, and how it has ended.
type ProgramEnd struct {
	PID    uint64
	Status int
	Off    Off
}

// Off is what a program has called for at its end.
type Off uint64

const (
	StaysOn Off = iota
	PowersOff
	Restarts
)

// OffFor is what a program has called for that wants to begin afresh, or not.
func OffFor(restart bool) Off {
	if restart {
		return Restarts
	}
	return PowersOff
}

// Process is a program that runs.
type Process struct {
	PID, Threads uint64
	Name         string
	Used         uint64 // nanoseconds on the hart
	Pages, Most  uint64 // of memory that are in use, and that it has
}

// ProgramMemory is what a core has for programs. All is 0 before the first one.
type ProgramMemory struct {
	Free, All    uint64 // bytes
	Capabilities uint64
}

// ProgramFile is a program of the archive.
type ProgramFile struct {
	Name string
	Size uint64
}
