// Package cg is the kernel CG of the NAS Parallel Benchmarks: it estimates the eigenvalue of
// least magnitude of a sparse random matrix by inverse iteration, each of which solves a
// system of linear equations with the conjugate gradient method. It is written from the
// description (Bailey et al., The NAS Parallel Benchmarks, RNR-94-007, 1994), and its results
// are held against the published ones.
//
// Threads have rows of the matrix and the same part of each vector (package team). They meet
// three times in a step, and compute the same bits however many they are.
//
//	C1  zeta is the published one                        TestPublished
//	C2  the result does not depend on how many threads   TestThreads
package cg
