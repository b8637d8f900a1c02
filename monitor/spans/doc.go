// Package spans is what cores say to each other about processes that have threads on several of them:
// spanned domains. It has the messages, and no state: package linux has the home's part, package
// spawn the host's, and the monitor carries what they say.
//
// Terms: home (the core that a process lives on, with all of its state), host (another core that runs
// threads of it), guest (such a thread there), replica (the host's page table for an address space of
// the home), pull (have the home say which page is at an address), shootdown (have all hosts that have
// pulled a page drop it).
//
// # What goes to and fro
//
//	hand over   home  Open, Enter...   -> host  the registers; the thread runs there
//	call, trap  host  Came...          -> home  the registers, of a call those that it needs, and why; the thread is at home
//	the rest    home  Want             -> host  Rest...: what of its registers has not come
//	take back   home  Recall           -> host  Came, for nothing that the thread has done, when it has run
//	page fault  host  Pull             -> home  Page: the thread runs on; or Page of nothing: Came
//	shootdown   home  Shoot, multicast -> hosts each drops the pages, and then replies
//	the end     home  Close            -> host  the guest is forgotten
//
// The channel between two monitors keeps the order of messages, so that a thread is always at exactly
// one place: from Enter on at the host, from Came on at home. A Recall of who has come already means
// nothing. A multicast may overtake them, so a Page says which shootdown was the last before it, and a
// host drops one that is older than a shootdown that it has seen: the thread then pulls again.
//
// # Memory
//
// The home lends each host the RAM that the process's pages lie in, as a capability (package capops),
// which is what audits and deaths go by: a host puts only pages of that RAM into a replica, and what ends
// the loan, the end of the program or the death of the home, takes all of them out. That is also why no
// message of these says how a replica ends.
//
// # Deaths
//
//	who waits            for what                         ends with
//	guest                Page, Enter                      them, or the end of the loan
//	thread at home       Came, Rest                       it, or the host's death: the process ends
//	shootdown            each host's reply                it, or firmware's word that the host has stopped
package spans
