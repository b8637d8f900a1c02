// Package vspace builds address spaces for domains that do not build their own: from a
// piece of RAM that the domain was given, by the same capability operations that user code
// has. Whatever it takes, tables and slots too, is made of that RAM; when that is used up the
// domain gets no more, and nobody else notices.
//
// A Store is the RAM: pages, frames made of them ahead, and slots. A Space is what is mapped
// where: areas of virtual addresses, in which pages come into being when they are first used,
// clear or with the contents of a file. Spaces of one store may share pages, until one of them
// writes (Fork), or for good (SetCommon), or those of a file (Shared), or of the ROM.
//
// # Invariants
//
//	V1  a page is in a table only if it lies in an area, with no more
//	    rights than that                                            TestRandom
//	V2  a page comes cleared, or with its contents, and then has
//	    what was written to it here                     TestRandom, TestContents
//	V3  a domain's pages, tables and slots lie in its own RAM, but
//	    for pages of the ROM, which nobody may write       TestOwnRAM, TestROM
//	V4  whatever is taken back can be had again; at the end all      TestRandom, TestExhausted
//	V5  what one space writes no other sees, but in pages in common  TestFork, TestCommon
//	V6  what is stored to a shared page all see that have it, and the
//	    file in the end, which had room for it before                TestShared
//
// # Execution context
//
// The CPU driver's, on one core: no locks. The lists of areas lie in the kernel's heap
// and are bounded (MaxAreas); nothing else does.
package vspace
