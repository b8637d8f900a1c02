// Package spawn starts the programs of a core from the archive, and ends them: it puts
// together the CPU driver's loop, the core's capabilities and its RAM, and the Linux
// personality.
//
// The Barrelfish name for it is spawnd, a process; here it is a part of the instance. What
// crosses cores is the monitor's, which calls a Core here.
//
// All of it begins with the first program of a core's life: an instance that runs none has
// no loop and takes no frames.
//
// # Invariants
//
//	S1  whatever a program has been given is free again when its end
//	    is told                                                     TestRuns
//	S2  a line is printed whole, and before the end of who wrote it
//	    is told                                                     TestOutput
//	S3  who writes faster than the console prints waits; it loses
//	    nothing, and no memory grows by it                          TestOutputWaits
//	S4  programs of one run have one share of the hart, others have
//	    their own                                                   TestRunShares
//	S5  no line of a program's is taken for the kernel's, nor does
//	    more to a terminal than to be seen                          TestForged
//	S5  only who was started with the right gives the console commands,
//	    and they end with the file to which he has written them     TestConsoleRight, TestConsoleEnds
//	S6  what this core says that it has to do has those in it that have been
//	    told less and have not come                                 TestLoad
//
// # Execution context
//
// The methods of Core are for any goroutine, and may wait for the loop; what belongs to the
// loop says so. The loop is a goroutine of its own.
package spawn
