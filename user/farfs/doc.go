// Package farfs is file systems that somebody else has, or that take time: a folder of the
// host, a file system on a disk. What is asked of one its Server does, in a goroutine of its own, one
// question after the other; here is what the loop sees of it.
//
// # Context
//
// The methods of nodes are for the CPU driver's loop, as all of package vfs, in calls that may wait in their middle (package
// coroutine): each puts a question, and waits for the answer. Where nobody can wait they fail with EAGAIN. Server is called by the
// goroutine.
//
// # Nodes
//
// A node is a name in a directory, with what was known of it when it was looked up last. It is looked up
// anew by each call, so what others have changed is seen by the next call; nothing of a file's content is
// kept. There is one node for a name as long as anybody has it, and then none: nobody counts them. A server knows a file by
// its path, and one that is open by a number too, for it may lose its name.
//
// # What may go wrong
//
// Every method of a Server ends within a bound of its own. A call whose thread is killed meanwhile ends at once with
// EINTR; its question is answered all the same, what that changes is noted here, and nobody is told. A Server that panics, for what
// the other side has said is more than a library can take, is told so (Broken) and the question fails with EIO.
//
// # Invariants
//
//	R1  what programs see is what is there, errors included           TestModel
//	R2  a file is open at the server as long as it is open here,
//	    whenever calls are killed                                     TestModel, TestKilled
//	R3  what a program runs, or maps, is a copy, and all copies are
//	    within a bound                                                TestKeep, TestLeaseResized
//	R4  a server that panics fails one question                       TestBroken
//	R5  what is stored to pages that are mapped is there when a flush
//	    has returned, and at the end, and nothing else has changed    TestLease, TestLeaseModel
package farfs
