package abi

import "atoll/kernel/capability"

// Error says why a call was refused, or ended without what it waited for. Those of
// package capability keep their numbers.
type Error uint64

// OK is no error.
const OK = Error(capability.OK)

// Errors that are not about capabilities.
const (
	ErrNoCall   Error = 64 + iota // no call has this number
	ErrAgain                      // not all is done; the same call goes on
	ErrFull                       // the endpoint keeps as many messages as it can
	ErrTime                       // the time has come
	ErrPeerDead                   // who would have answered has ended
	ErrNeedSlot                   // a capability has come, and there is no slot for it: the message stays
	ErrBusy                       // somebody else waits there
	ErrAddress                    // memory of the caller's that cannot be read or written
	ErrState                      // the dispatcher is not in a state for this
	ErrName                       // no such service, or a name that cannot be
	ErrNoMemory                   // the core has no memory left for it
	ErrTaken                      // there is a service of that name already
	ErrProgram                    // a program or core that is not there, or a program that cannot begin
	ErrSource                     // no interrupt source of this core that a program can have
	ErrOwned                      // somebody has that interrupt source
	ErrLimit                      // the program has all the memory that it may have
	endErrors
)

var sentences = [endErrors - ErrNoCall]string{
	"there is no such call",
	"not all is done yet",
	"the endpoint is full",
	"the time has come",
	"the other side has ended",
	"a capability has come and there is no slot for it",
	"somebody else waits there",
	"the caller has no such memory",
	"the dispatcher is not in a state for this",
	"there is no service of that name",
	"the core has no memory left for it",
	"there is a service of that name already",
	"the core cannot run that program, or there is no such core",
	"the core has no such interrupt source for programs",
	"somebody has that interrupt source already",
	"the program has all the memory that it may have",
}

// Error returns a sentence.
func (e Error) Error() string {
	switch {
	case e >= ErrNoCall && e < endErrors:
		return sentences[e-ErrNoCall]
	case e < ErrNoCall:
		return capability.Error(e).Error()
	}
	return "unknown error"
}
