// Package boot takes a hart from the firmware's hand-over to the kernel of its
// instance.
//
// The hart that firmware enters first runs a throw-away instance, the planner,
// in the scratch memory behind the image: an ordinary Go program that reads the
// device tree, makes the plan, writes it and clears the channel frames, and then
// is born again, as the core that the plan gives its hart. That core's monitor
// starts the other harts (monitor/birth.go), each of which builds itself from its
// row of the plan. docs/life-of-a-boot.md goes through it in order.
//
// Execution context: S-mode Go on an instance's own runtime; may allocate.
package boot
