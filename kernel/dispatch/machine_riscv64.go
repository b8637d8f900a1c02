package dispatch

import (
	"runtime"

	"atoll/arch/shim"
)

// bareHart is the hart under this instance.
type bareHart struct{}

// Hart returns the hart that the instance runs on.
func Hart() Machine { return bareHart{} }

func (bareHart) Run(u *shim.User, until uint64, serve func() *shim.User) {
	shim.RunUser(u, until, serve)
}
func (bareHart) Stop() *uint32     { return shim.UserStop() }
func (bareHart) Leave(root uint64) { shim.LeaveRoot(root) }
func (bareHart) Now() uint64       { return shim.Now() }
func (bareHart) Kick()             { shim.Kick() }

func (bareHart) GiveWay() {
	if shim.LoopWaits() {
		runtime.Gosched()
	}
}

func (bareHart) Wait(until uint64) {
	if until == Forever {
		until = 0 // no bound
	}
	shim.WaitKick(until)
}
