// Package vfs is files as programs of the Linux personality know them: names, mounts, open
// files, descriptors, and the waiting for what files have.
//
// It stands between the system calls (package linux) and the file systems: memfs (files in
// memory: what the initial RAM disk holds, and what programs write), synth (files that are
// made when they are opened: /proc, /dev, /mk), pipes (package pipe) and terminals (package
// tty). Each core has a name space of its own, which begins with what the RAM disk holds:
// no file is shared between cores.
//
// Terms. A node is a file as a file system has it (an inode); names stand for nodes. A name
// space is the directories of several file systems, each mounted on a directory of
// another. An open file (an open file description) is a node, a position and flags;
// descriptors of a table name open files. A stream is an open file without positions, for
// whose content or room one may have to wait. A queue is who waits.
//
// What is done is decided here, in the way of Linux and of POSIX.1-2017; file systems only
// do it. All programs have the rights of the super-user: permission bits are kept, and only
// what cannot be executed by anybody is not executed.
//
// # Context
//
// The CPU driver's loop of one core: no locks, and nothing blocks. What would have to wait
// fails with EAGAIN, and a queue says when to try again. A file system that may have to ask
// somebody in any of its methods does so by the name space's coroutines, which it says (Use):
// between two waits nobody else runs, over a wait anything may change. Only where
// programs' pages are read nobody can wait.
//
// # Invariants
//
//	F1  a path leads where a naive walk leads, or to the same error      TestModel
//	F2  a walk ends: after 40 links, 4095 bytes                          TestLinks, FuzzWalk
//	F3  an open file is closed once, when its last descriptor is         TestTable
//	F4  what becomes ready is told to all who wait, also if one of them
//	    stops waiting meanwhile                                          TestQueue
//	F5  a set (epoll) reports what is ready, on edges once an edge       TestSet
//	F6  what runs is not written, and what is open to be written does
//	    not run                                                          TestBusy of package linux
//
// # Known limits
//
// A file system is mounted in one place; there are no bind mounts and no extended attributes.
package vfs
