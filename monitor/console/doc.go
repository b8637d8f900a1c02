// Package console is the command line of the machine: it reads commands from a
// serial line or from the boot argument run=, carries them out against the
// machine, and prints what they found.
//
// It stands in the instance that owns the console device (core 0, or the lowest
// living core after a take-over). The monitor there makes a Console over the
// driver's reader and writer, gives it a [System], which is all that commands
// can ask of the machine, and calls Run or Script. The package itself knows no
// driver and no channel, and is tested against a fake System.
//
// Terms. A fact is a line `@<core> <event> key=value ...` that tests and tools
// may rely on; all other text is free to change. A session is one Console.
//
// Execution context: goroutines; it may allocate and block in the console
// device. One goroutine reads and runs commands; those that a program gives ([Commander])
// run in goroutines of others, beside each other. Lines of other cores come in
// from any goroutine through a [LineBuffer] of their own.
//
// Invariants:
//  1. Whatever leaves the package leaves as whole lines, each written in one
//     piece under the terminal's lock; a line that comes while someone types
//     appears above the edited line (TestAsyncLine, TestLineBuffer).
//  2. No input is fatal: a usage error is a sentence and status 2, a failure of
//     the machine a sentence and status 1, a command that panics a sentence, a
//     trace and status 1 (TestUsage, TestPanic, FuzzExecute).
//  3. A command of a script is begun at most once, over all owners of the
//     console: Progress moves on before the command runs (TestResume).
//  4. A core is asked to stop, start or crash only in a state that allows it, and
//     what it says of that is what its state is afterwards (TestLives, TestLiars).
//  5. Every question to the machine has a bound, which the System keeps.
//  6. Ctrl-C ends the command that runs, what was begun for it elsewhere, and
//     what stands behind it; the status is 130, and nothing is left half done
//     (TestInterrupt, TestInterruptRestart, TestInterruptSoak).
//
// Known limits: the edited line is ASCII (other bytes are dropped as they are
// typed; run= may hold any), and a Ctrl-C behind 4096 bytes that were typed ahead
// is not seen before they are read.
package console
