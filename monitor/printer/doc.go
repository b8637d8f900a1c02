// Package printer brings the lines of all cores to one console, which may block. The event
// loop of the console's owner queues them and never waits; a goroutine of the printer's own
// prints. Beyond a bound lines are dropped, counted, and the count is printed.
//
// Context: Line from any goroutine, Run in one of its own, Drain in any that may wait.
package printer
