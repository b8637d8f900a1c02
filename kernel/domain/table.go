package domain

import (
	"atoll/kernel/abi"
	"atoll/kernel/dispatch"
)

// call is a native call.
type call struct {
	name   string
	handle func(c *Core, p *Caller) *dispatch.Dispatcher
}

// calls are the native calls, by number from abi.Base on.
var calls [abi.End - abi.Base]call

// The table refers to handlers, and they to it by way of upcalls.
func init() {
	calls = [len(calls)]call{
		abi.CallNull - abi.Base:     {"null", null},
		abi.CallIdentify - abi.Base: {"identify", identify},
		abi.CallCopy - abi.Base:     {"copy", copyCap},
		abi.CallMint - abi.Base:     {"mint", mint},
		abi.CallMove - abi.Base:     {"move", move},
		abi.CallDelete - abi.Base:   {"delete", deleteCap},
		abi.CallRevoke - abi.Base:   {"revoke", revoke},
		abi.CallRetype - abi.Base:   {"retype", retype},
		abi.CallMap - abi.Base:      {"map", mapCap},
		abi.CallUnmap - abi.Base:    {"unmap", unmap},

		abi.CallConfigure - abi.Base: {"configure", configure},
		abi.CallStart - abi.Base:     {"start", start},
		abi.CallStop - abi.Base:      {"stop", stopCall},
		abi.CallWeight - abi.Base:    {"weight", weight},
		abi.CallInspect - abi.Base:   {"inspect", inspect},
		abi.CallYield - abi.Base:     {"yield", yield},
		abi.CallResume - abi.Base:    {"resume", resume},
		abi.CallWait - abi.Base:      {"wait", wait},

		abi.CallListen - abi.Base:   {"listen", listen},
		abi.CallSend - abi.Base:     {"send", send},
		abi.CallReceive - abi.Base:  {"receive", receive},
		abi.CallExchange - abi.Base: {"exchange", exchange},

		abi.CallExport - abi.Base:  {"export", exportCall},
		abi.CallBind - abi.Base:    {"bind", bindCall},
		abi.CallAccept - abi.Base:  {"accept", accept},
		abi.CallRing - abi.Base:    {"ring", ring},
		abi.CallAwait - abi.Base:   {"await", await},
		abi.CallTakeIRQ - abi.Base: {"takeirq", takeIRQ},
		abi.CallBindIRQ - abi.Base: {"bindirq", bindIRQ},
		abi.CallAckIRQ - abi.Base:  {"ackirq", ackIRQ},
		abi.CallCore - abi.Base:    {"core", coreState},

		abi.CallRun - abi.Base: {"run", run},

		abi.CallPass - abi.Base:    {"pass", pass},
		abi.CallCollect - abi.Base: {"collect", collect},
	}
	for i := range calls {
		if calls[i].handle == nil {
			calls[i].handle = noCall
		}
	}
}

// Call serves the call whose number stands in the caller's a7 and returns who runs next: the
// caller, another for a direct switch, or nil to have the scheduler say. The caller's program
// counter is behind the call already.
func (c *Core) Call(p *Caller) *dispatch.Dispatcher {
	if n := p.X[regA7] - abi.Base; n < uint64(len(calls)) {
		return calls[n].handle(c, p)
	}
	return noCall(c, p)
}

// noCall is for numbers that are none, in the table and behind it.
func noCall(c *Core, p *Caller) *dispatch.Dispatcher {
	c.unknown++
	return p.answer(abi.ErrNoCall)
}

// Name returns the name of the call with a number, "" if there is none.
func Name(number uint64) string {
	if n := number - abi.Base; n < uint64(len(calls)) {
		return calls[n].name
	}
	return ""
}

func null(_ *Core, p *Caller) *dispatch.Dispatcher {
	p.X[regA0] = uint64(abi.OK)
	return &p.Dispatcher
}
