// Package plan decides, from the device tree, who gets what: a core number, a
// memory partition, devices and interrupts for each usable hart. A plan is a
// value without pointers: the planner writes it once into pages that every
// instance then maps read-only, and host tests make plans of machines we do not
// have from their device trees.
//
// The first instance calls Make while it is alone, with the tree that package
// dts parsed; the caller then fills in what only the running machine knows (wall
// clock, seeds), copies the plan into its Area and starts the harts. Afterwards
// every instance reads the plan at layout.PlanBase. Make is pure and may
// allocate; the methods of Plan that print allocate, the others do not.
//
// Terms: a core is our number of an instance, a hart the hardware's id. The
// image is what firmware loaded, the scratch is the memory that the planning
// instance lives in, which ends with it. A piece is a range of free RAM of one
// NUMA node.
//
// Invariants, held by checkPlan in the tests for every machine and under fuzz:
//  1. Partitions, the area, the channels and the crash pages overlap neither one
//     another nor a reservation, the device tree, the initial RAM disk or the
//     image, and lie inside RAM that the window shows.
//  2. Area, channels and crash pages lie outside the scratch; partitions may lie
//     in it, since the planning instance is gone when they are used.
//  3. A page of device registers has one owner. A core's claim page is its own.
//  4. The boot hart is among the cores; every other core is a hart that is okay,
//     has an MMU and executes RV64GC, and that no quirk of the board forbids.
//
// Known limits: interrupt controllers of the Advanced Interrupt Architecture are
// recognised and left unused; devices behind them are polled. A partition is one
// or two pieces, so RAM in many small ones is not used up.
package plan
