package dispatch

import "atoll/arch/shim"

// bareHart is the hart under this instance.
type bareHart struct{}

// Hart returns the hart that the instance runs on.
func Hart() Machine { return bareHart{} }

func (bareHart) Run(u *shim.User, until uint64, stop *uint32) { u.Run(until, stop) }
func (bareHart) UseRoot(pa uint64)                            { shim.UseRoot(pa) }
func (bareHart) Now() uint64                                  { return shim.Now() }
func (bareHart) Kick()                                        { shim.Kick() }

func (bareHart) Wait(until uint64) {
	if until == Forever {
		until = 0 // no bound
	}
	shim.WaitKick(until)
}
