// Package cost counts the messages of one capability operation between cores, and how many of
// them wait for each other: real nodes of package capops, on a machine that does not exist.
//
// Core 0 owns the capability, all others have a copy. Messages arrive in the order in which they
// were sent. Runs on the host; nothing here is for the data path.
package cost
