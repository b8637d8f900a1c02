// Package agree lets cores agree: on who is a member, by views in the style of
// virtual synchrony, and on operations on a replicated state, by one-phase and
// two-phase commit (The Multikernel, SOSP 2009, sections 4.4 and 5.1, has both
// kinds of commit; its cores do not die).
//
// A Node is one core's part. It is pure: whoever owns it, the monitor's event loop,
// steps messages and lives into it and sends what Outs says. It knows no time and no
// channel, starts nothing and, once made, allocates nothing in the steps of an
// operation. What is replicated is a State, as in package replica.
//
// # What it stands on
//
// Messages of a core to another arrive in order, whole, once, while both live.
// A death is known for certain (law L10), and Dead is called at each survivor after
// all that the dead core had sent to it was stepped. Up is called when messages pass
// both ways, before anything of that life is stepped. A tree keeps the order of what a
// core sends to all, and may lose the last of it when a core dies: then the owner
// calls Repeat. Every core learns of every
// life and death in the end, with its incarnation.
//
// # Operations
//
// An operation belongs to the view in which it began, and ends in it. Its number is
// the coordinator's; a slot, number modulo window, holds one at a time.
//
//	one-phase  coordinator         Do -> all       applied at once, cannot fail
//	           each                Reply Applied   all replied: Finished
//	two-phase  coordinator         Prepare -> all  prepared here first
//	           each                Reply Voted     yes: conflicts are held off
//	           coordinator         Decide -> all   on the last yes or the first no: Decided
//	           each                Reply Applied   all replied: Finished
//
// One-phase operations of different coordinators arrive in different orders, and
// so have to commute. Nobody waits for a conflict: the vote is no, at once.
//
// What a participant does, by the state of the operation it holds (or, in its slot,
// none, or an earlier one that is over) and the message:
//
//	           Do           Prepare         commit       abort
//	nothing    do, applied  vote, yes/no    drop         aborted, applied
//	prepared   drop         yes             commit,      abort, applied
//	                                        applied
//	refused    drop         no              drop         aborted, applied
//	committed  drop         yes             applied      drop
//	aborted    drop         no              drop         applied
//	done       applied      drop            drop         drop
//
// A later operation in the slot: drop while the held one is prepared or refused,
// else as nothing. An earlier one: silence, as it was answered before. What is
// dropped is counted; only a mad peer makes it so. The coordinator, by its phase:
//
//	           Voted               Applied           death of a member
//	voting     counts              ignored           counts as a vote of yes
//	applying   ignored             counts            counts as applied
//	idle       ignored             ignored           -
//
// # The end of a view
//
// Who learns that a member is dead begins no more operations, goes on with its own
// as if that one had answered, and reports to the leader: its view, the members that
// it knows to be dead, and each operation of theirs that it has applied. When the
// leader's own operations are over and it has such a report, of the same dead and
// without own operations, of every living member, it installs the next view at all,
// with the outcomes: what anybody has applied, all apply; all else aborts.
//
// The leader is the living member that has been one for longest, the lowest of
// several. (Not simply the lowest: a core that has just joined would lead those who
// may not have heard of it.)
//
//	who waits                    for what                        ends with
//	coordinator                  replies                         reply or death of each
//	member                       the next view                   it, or the leader's death:
//	                                                             reports to the next leader
//	leader                       reports                         report or death of each; a
//	                                                             death begins it again
//	who is ahead of its leader   nothing: has reported the later
//	                             view; is asked for its record
//	leader that has asked        the record                      it, or that one's death
//	leader of a join             reports, Ready                  as above; a joiner's death:
//	                                                             joins again without it
//	member in a join             the joiner's Up, the view       Up; the joiner's death: told
//	                                                             by the leader; a member's
//	                                                             death: as above
//	joiner with a snapshot       Entered of each older member    it, or death of each; a later
//	                                                             snapshot; a joiner that has
//	                                                             entered, or who founds
//	core without a view          a snapshot, or all reports      as boot or firmware's word
//
// A leader that dies may have installed the next view at some. Those report it, busy
// or not; the new leader asks for its record, installs it, gives it to who reports
// the earlier view, and goes on from there: the outcomes are taken over as they were
// decided. What arrives of a view that is not installed yet is kept, one operation a
// slot; what is kept of a dead core is dropped, for if anybody living has taken it,
// that one's report has it.
//
// # Joining
//
// A core that is up and no member joins by a change without deaths: operations are
// quiesced, the leader sends the record of the next view and its state to the
// joiners, and when all of those hold it, installs the view at the older members.
// Each of these tells the joiner so, which enters when the last living one has: so no
// older member can be left in a view without it. The first view is founded by the
// lowest living core when every living one has reported to have none, knowing the
// same of all lives, and firmware says that none of the dead has been started again.
//
// # Invariants
//
//	A1  one outcome of an operation          TestExplore, TestRandom
//	A2  Finished: all living have it         TestExplore, TestRandom
//	A3  who live and have views of one       TestExplore, TestRandom
//	    number have the same
//	A4  equal states when nothing is under   TestExplore, TestRandom
//	    way; nothing waits for ever
//	A5  the tables of conflicts              TestCells, TestSlot, TestCoordinatorCells
//	A6  nonsense changes nothing but that    FuzzNode, TestLies
//	    peer's operations
//	A7  no allocation                        TestNoAllocation
//
// # What has been searched
//
// TestExplore runs this code through all orders of steps: which message comes next, each
// channel keeping its order; who begins, dies, comes back; who learns of it when, with
// any of the last messages of the dead lost. States are told apart by a hash of all that
// their future depends on, and nothing else is left out. It finds two outcomes, views
// that differ, and who waits for ever. Within make test:
//
//	3 cores  one death, with and without a rejoin: conflict, both kinds, three
//	         coordinators, pipelined; two deaths and a rejoin; the first view with one
//	         and two deaths; two joiners, and a joiner beside a conflict, with a death
//	4 cores  two deaths within an operation of either kind; a join with a death
//	chains   multicasts passed on from core to core, replies gathered on the way back:
//	         3 cores with a death, of conflict, both kinds, three coordinators; 4 cores
//	         with a death
//
// With ATOLL_SOAK also 3 cores of which all die, with two rejoins, and three operations
// beside a rejoin; 4 cores in conflict, with three deaths, a rejoin after two, the first
// view with a death, a join beside an operation and a death, and two joins; chains of 3
// with a rejoin, of 4 with two deaths. Trees with branches, more cores, more joins and
// deaths at once: TestRandom only, by histories that a seed draws.
//
// # Limits
//
// Cores fail by stopping; a mad one is kept from harming others' operations, but
// what it reports of the dead, or installs as leader, is believed. A core that
// neither answers nor stops holds up every operation until firmware ends it. A core
// that does not come up holds up the first view until Dead says so. If all members
// die, what they had agreed on dies with them: the others found a new first view.
package agree
