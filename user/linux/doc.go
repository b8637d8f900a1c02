// Package linux runs static linux/riscv64 programs as user programs: a process is a
// domain, its threads are dispatchers, and its system calls are Go code on the core that it
// lives on. A program and what it starts are a System, a PID namespace in Linux's words.
//
// Callers: package spawn. Callees: kernel/dispatch runs the threads, kernel/vspace has the
// memory.
//
// The calls stand in one table (table.go): number, name, handler, and what is missing;
// docs/linux-abi.md is written from it. A number that is not there answers ENOSYS and is
// counted.
//
// Terms: task (a thread, or a dead process that nobody has waited for), memory (what threads
// that share an address space have in common), news (what wait tells of a child), deaf (a
// thread whose call no signal ends), orphan (a process whose parent has ended), job (a
// child of the first process, or of the shell that this has begun, with all that comes of it).
//
// # Context
//
// Everything runs in the CPU driver's loop (package dispatch), but for Start, which may run
// anywhere before the loop has the process. Handlers do not block: who waits is put to
// sleep and answered later, or woken to make its call again; where a file system has to ask
// somebody the call waits in its middle (package coroutine). What a program passes is input:
// pointers are copied through vspace, numbers are checked, files are read with bounds.
//
// # Invariants
//
//	X1  no call, with any arguments, panics or reaches memory that is
//	    not the process's                                        FuzzCalls
//	X2  a wake of a futex wakes who waits then, and nobody whose time
//	    has come                                                 TestFutex
//	X3  a signal is delivered once, to a thread that does not block it,
//	    and what it interrupted goes on as it was    TestSignal, TestInterrupted
//	X4  the tasks of a system are bounded, and its memory by its RAM
//	                                                TestThreads, TestForkBomb
//	X5  what a process writes to its memory no other sees, but a child
//	    of vfork and its parent                   TestForkCopies, TestVfork
//	X6  each process that ends is told to one parent, which waits for
//	    it, ignores it, or ends itself             TestVfork, TestOrphans
//	X7  a stopped process does not run                     TestJobControl
//	X8  no file makes the loader panic, or map what is not the
//	    program's; one that cannot be run changes nothing  FuzzELF, TestExec
//	X9  no call on memory, fork or execve keeps the hart for more than a
//	    part of its work; to its process it is done at once, and when
//	    its thread is killed it leaves nothing
//	                        TestParts, TestPartsAlone, TestPartsKilled
//	X10 a call that waits in its middle for a file system goes on where
//	    it was; killed meanwhile it is over at once
//	                        TestWithin, TestWithinKilled, TestWithinStopped
//	X11 a process that moves to another core is at one of them, with its number,
//	    files and parent; killed on its way it is dead on both; what other
//	    cores say reaches nobody else; it finds its children wherever it is
//	                        TestMove, TestMoveKilled, TestMoveRefused, TestMoveDeaths, TestMoveChildren, FuzzTake
//	X12 what is written to a file of another core comes whole, in order, and
//	    before the end of who has written it
//	                         TestFarPipe, TestFarLast, TestFarLastKilled, TestHomeward
//	X13 a name leads to the same file on all cores of a run, and its locks are
//	    seen by all                                      TestHomeFiles, TestFarLocks
//	X14 whatever other cores say of what they have to do, and whenever they die, a program
//	    that may run here runs somewhere, once; who would miss something elsewhere stays
//	                     TestPlaced, TestPlacedLies, TestPlacedSlow, TestPlacedInVain, TestRooted
package linux
