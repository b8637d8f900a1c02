// Package boards holds the device-tree sources of the boards that the project
// knows, one file each, and compiles them with dtc.
//
// The sources are of our own writing. They hold what the kernel asks for and no
// more: harts, memory, reservations, interrupt controllers, the console. A board
// whose firmware hands over a good tree does not need one; it is for boards whose
// firmware's tree is wrong or old, and for emulators that make none.
//
// Host tools and tests call it. It runs a process, allocates, and holds no state. The
// compiled trees depend on the sources and dtc's version alone.
package boards
