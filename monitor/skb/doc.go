// Package skb is the system knowledge base: facts about the machine, from the plan,
// the device tree and measurements, and policies over them, in Prolog. The policies
// are rules that anybody can read and ask (policy.pl): which core owns which device,
// who takes it over, over which tree to send to many. Barrelfish has the same idea,
// with a constraint solver behind it (paper, section 4.9).
//
// The monitor of the lowest living member runs one Base, in a goroutine of its own,
// and answers the other cores (monitor/knowledge.go). The package itself is pure, and knows
// no channel.
//
// # The engine
//
// github.com/ichiban/prolog v1.2.2 (MIT licence), of which only the package engine is
// linked. It was compared with github.com/google/mangle v0.3.0 (Apache 2.0), a
// Datalog, on the paths of a chain of 65 nodes (go1.26.8, times on an x86 host).
// Prolog adds 0.5 MB to a program for riscv64, mangle 1.7 MB; loading takes 0.5 ms and
// 20 KB of heap against 2 ms and 230 KB; all 2080 paths take 0.2 s against 0.016 s. So
// Prolog is the slower one where all consequences are wanted. But a policy asks for
// one answer, with lists, negation and sorting on the way, and the engine's loop asks
// a context before each step, by which any goal can be ended.
//
// # Guard
//
// A goal comes from outside. The engine cannot be trusted with any: its unification
// makes cyclic terms, which most of its functions then follow until the stack ends,
// and that no Go program survives. So:
//
//  1. Only the predicates of natives, the prelude, the policies and the facts exist:
//     none reaches files, streams, the process, or changes what is known.
//     (TestNothingElse)
//  2. No cyclic term comes about. All unification that a goal can ask for has an
//     occurs check, and a clause's head names each variable once, so that calling it
//     links fresh variables only. (TestHostile, TestHeads)
//  3. Before a predicate in Go runs, its arguments are measured without recursion,
//     and the goal ends if they are large or deep (maxNodes, maxDepth). So the
//     engine's recursion over terms fits the smallest stack. (TestStack)
//  4. The stack does not grow with the number of steps either: every predicate in Go
//     first returns to the engine's loop, and a clause that calls itself ends with
//     one. (TestHostile: root, TestHeads)
//  5. A goal ends after maxSteps, maxTime, or when it has filled the heap by its
//     share. (TestHostile, TestMemory)
//  6. The engine never forgets a name; goals can bring so many and no more.
//     (TestWords)
//
// # Execution context
//
// A Base belongs to one goroutine. It allocates; New and a Query block for as long as
// they compute, and for nothing else. Importing the package costs every instance the
// engine's package variables: a table of some 250 names.
//
// # Known limits
//
// The clock is looked at every clockSteps steps, and one step may measure or sort a
// term of maxNodes parts. A goal's share of the heap includes what other goroutines
// allocate meanwhile. No exceptions, no strings, no constraint solver.
package skb
