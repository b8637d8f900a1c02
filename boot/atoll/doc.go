// Command atoll is the kernel: the same program runs as the planner on the hart
// that firmware enters, and then as one instance on every hart.
package main
