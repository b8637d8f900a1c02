// Package cost says what one operation of agreement costs on a machine that does not
// exist: real nodes of package agree, for which sending, receiving and a message's way
// cost what the caller says. It is for curves over the number of cores, of measured
// costs, and for choosing a route by them.
//
// A core does one thing at a time. Coordinator is core 0. A multicast goes down a
// tree; replies come up it, gathered: an inner core passes one on for all below it.
// Unicast is the tree whose root has all others as children. Runs on the host and in
// an instance; nothing here is for the data path.
package cost
