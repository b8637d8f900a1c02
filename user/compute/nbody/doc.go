// Package nbody moves bodies by their gravity with the algorithm of Barnes and Hut (A
// hierarchical O(N log N) force-calculation algorithm, Nature 324, 1986), as the program of
// that name in SPLASH-2 does: what is far away pulls as one body in its centre of mass.
//
// Threads (package team) each build some of the parts of an octree of two levels' cells, and
// have a share of the bodies, whose accelerations they compute by walking the whole tree.
// Bodies are ordered by Morton's curve, so that a cell is a run of them, and cells stand in
// the order in which a walk from the root meets them, each with the number of the one behind
// its descendants: a walk needs no stack.
//
//	N1  accelerations are near those of the direct sum       TestDirect
//	N2  energy drifts little                                 TestEnergy
//	N3  the result does not depend on how many threads       TestThreads
//	N4  bodies may lie in one place                          TestTogether
package nbody
