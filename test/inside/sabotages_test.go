//go:build !riscv64

package inside

// recordTime is what stands between the two places of record that its sabotage
// changes.
const recordTime = "\t\t// A1 = sstatus as it was\n\tMOV\ttime+0(FP), A2\n\tBNE\tA2, ZERO, timed\n" +
	"\tCSRRS\tZERO, TIME, A2\ntimed:\n\tMOV\tcore_traceNext(TP), A3\n"

// sabotages holds at least one for each promise.
var sabotages = []sabotage{
	// Faults.
	{test: "TestNilDereference", file: "arch/shim/trap_riscv64.go",
		old: "c.deliver(f, sig, codeMapErr, addr)", new: "c.deliver(f, sig, codeMapErr, addr+1<<20)"},
	{test: "TestWriteToText", file: "arch/shim/build_riscv64.go",
		old: "image, layout.R|layout.X)", new: "image, layout.R|layout.W|layout.X)"},
	{test: "TestWriteToReadOnlyData", file: "arch/shim/build_riscv64.go",
		old: "image+uintptr(info.ROData-base), layout.R)", new: "image+uintptr(info.ROData-base), layout.R|layout.W)"},
	{test: "TestExecuteData", file: "arch/shim/pool_riscv64.go",
		old: "c.mapPage(va, pa, layout.R|layout.W)", new: "c.mapPage(va, pa, layout.R|layout.W|layout.X)"},
	{test: "TestHoles", file: "arch/shim/build_riscv64.go",
		old: "\tb.window(c)\n", new: "\tb.window(c)\n\tb.mapOne(layout.PlanBase-layout.PageSize, b.page(), layout.R|layout.W)\n"},
	{test: "TestReservedHeap", file: "arch/shim/mmap_riscv64.go",
		old: "prot & protWrite / protWrite", new: "uintptr(1) | prot&protWrite"},
	{test: "TestBadMmap", file: "arch/shim/mmap_riscv64.go",
		old: "flags&mapAnonymous == 0", new: "false"},
	{test: "TestStackGuards", file: "arch/shim/build_riscv64.go",
		old: "shimTop-shimStack, ", new: "shimTop-shimStack-layout.PageSize, "},
	{test: "TestMap", file: "arch/shim/space_riscv64.go",
		old: "sv39.Leaf(uint64(pa), perm, false, true)", new: "sv39.Leaf(uint64(pa), perm|layout.W, false, true)"},

	// What is mapped.
	{test: "TestOnlyOwnMemory", file: "arch/shim/build_riscv64.go",
		old: "\tb.window(c)\n", new: "\tb.window(c)\n\tb.mapOne(layout.DeviceBase+512<<20, uintptr(row.PoolEnd), layout.R)\n"},
	{test: "TestPristineData", file: "arch/shim/build_riscv64.go",
		old: "\tb.window(c)\n", new: "\tb.window(c)\n\tb.mapOne(layout.DeviceBase+512<<20, image+uintptr(info.Data-layout.LinkBase), layout.R)\n"},
	{test: "TestPermissions", file: "arch/shim/build_riscv64.go",
		old: "\tb.window(c)\n", new: "\tb.window(c)\n\tb.mapOne(layout.DeviceBase+512<<20, image, layout.R|layout.W)\n"},
	{test: "TestAccounting", file: "arch/shim/tables_riscv64.go",
		old: "\t\tc.mem.pages++\n", new: ""},

	// Preemption and registers.
	{test: "TestSpinners", file: "arch/shim/signal_riscv64.go",
		old: "t.pending |= 1 << (sig - 1)", new: "t.pending |= 0 << (sig - 1)"},
	{test: "TestPreemptedOrbits", file: "arch/shim/signal_riscv64.go",
		old: "t.f[i] = load(at + regsFP + 8*i)", new: "t.f[i&^1] = load(at + regsFP + 8*i)"},
	{test: "TestRegistersOverTraps", file: "arch/shim/trap_riscv64.s",
		old: "\tSAVE\n\tCSRRW\tX31, SSCRATCH, X5\n", new: "\tSAVE\n\tMOV\tZERO, (thread_x+24)(X31)\n\tCSRRW\tX31, SSCRATCH, X5\n"},
	{test: "TestRegistersOverTraps", file: "arch/shim/trap_riscv64.s",
		old: "\tMOVD\tF30, (thread_f+240)(X31)\n", new: ""},
	{test: "TestRegistersOverTraps", file: "arch/shim/trap_riscv64.s",
		old: "\tCSRRW\tX5, FCSR, ZERO\n", new: ""},
	{test: "TestRegistersOverCalls", file: "arch/shim/trap_riscv64.s",
		old: "\tMOV\tX31, core_fpOwner(TP)\n\tLOAD\n", new: "\tMOV\tX31, core_fpOwner(TP)\n\tLOAD\n\tMOV\tX31, GP\n"},

	// U-mode.
	{test: "TestUserRegisters", file: "arch/shim/user_riscv64.s",
		old: "\tMOV\t(thread_x+32)(X31), TP\n", new: ""},
	{test: "TestUserFP", file: "arch/shim/user_riscv64.s",
		old: "\tBNE\tX7, X31, load\n", new: ""},
	{test: "TestUserFP", file: "arch/shim/user_riscv64.s",
		old: "\tBNE\tX5, X7, loaded\n", new: "\tJMP\tloaded\n"},
	{test: "TestUserFP", file: "arch/shim/user.go",
		old: "\tforgetUser(u)\n\t*u = User{}\n", new: "\t*u = User{}\n"},
	{test: "TestUserFaults", file: "arch/shim/trap_riscv64.s",
		old: "\tMOV\t$const_coreArea, TP // U-mode", new: "\t// U-mode"},
	{test: "TestUserSpin", file: "arch/shim/user_riscv64.s",
		old: "\tCSRRS\tX5, SSTATUS, ZERO\n\tRET\n", new: "\tRET\n"},
	{test: "TestMonitorRests", file: "arch/shim/thread_riscv64.go",
		old: "if i == monitorThread {", new: "if false {"},
	{test: "TestMonitorRests", file: "kernel/poller_riscv64.go",
		old: "time.AfterFunc(math.MaxInt64, func() {})", new: "_, _ = time.AfterFunc, math.MaxInt64"},
	{test: "TestUserTime", file: "arch/shim/timer_riscv64.go",
		old: "min(c.nextWake(s.slice), c.userEnd)", new: "c.nextWake(s.slice)"},
	{test: "TestUserTime", file: "arch/shim/user_riscv64.s",
		old: "\tBNE\tX6, ZERO, stopped\n", new: ""},
	{test: "TestUserSpaces", file: "arch/shim/user_riscv64.go",
		old: "\tif root == 0 {\n\t\troot = ", new: "\tif true {\n\t\troot = "},
	{test: "TestUserTables", file: "arch/shim/user_riscv64.go",
		old: "index >= sv39.Entries || bad", new: "index >= sv39.Entries || bad && false"},

	// Programs that mean harm.
	{test: "TestHostileAddresses", file: "arch/shim/space_riscv64.go",
		old: "sv39.Leaf(uint64(pa), perm, false, true)", new: "sv39.Leaf(uint64(pa), perm, perm == layout.R|layout.X, true)"},
	{test: "TestHostileRegisters", file: "arch/shim/entry_riscv64.s",
		old: "\tMOV\t$USER_COUNTERS, T0\n", new: "\tMOV\t$0xf, T0\n"},
	{test: "TestHostilePrivileged", file: "arch/shim/user_riscv64.s",
		old: "\tCSRRC\tX5, SSTATUS, ZERO\n\tLOAD", new: "\tCSRRS\tX5, SSTATUS, ZERO\n\tLOAD"},
	{test: "TestHostileCode", file: "arch/shim/trap_riscv64.s",
		old: "\tMOV\t$const_coreArea, TP // U-mode", new: "\t// U-mode"},
	{test: "TestHostileCalls", file: "arch/shim/user_riscv64.s",
		old: "\tMOV\t(thread_x+216)(X6), g\n", new: ""},
	{test: "TestHostileLeaks", file: "arch/shim/trap_riscv64.s",
		old: "\tMOVD\t(thread_f+136)(X31), F17\n", new: ""},
	{test: "TestHostileLeaks", file: "arch/shim/trap_riscv64.s",
		old: "\tCSRRW\tX5, FCSR, ZERO\n\tMOV\t$SSTATUS_FS_LO", new: "\tMOV\t$SSTATUS_FS_LO"},
	{test: "TestHostileStatus", file: "arch/shim/entry_riscv64.s",
		old: "\tMOV\t$USER_COUNTERS, T0\n", new: "\tMOV\t$SSTATUS_SUM, T0\n\tCSRRS\tT0, SSTATUS, ZERO\n\tMOV\t$USER_COUNTERS, T0\n"},
	{test: "TestHostileStatus", file: "arch/shim/entry_riscv64.s",
		old: "\tMOV\t$USER_COUNTERS, T0\n", new: "\tMOV\t$SSTATUS_MXR, T0\n\tCSRRS\tT0, SSTATUS, ZERO\n\tMOV\t$USER_COUNTERS, T0\n"},
	{test: "TestEndVector", file: "arch/shim/entry_riscv64.s", check: machine.vector,
		old: "SSTATUS_VS|SSTATUS_UBE", new: "SSTATUS_UBE"},

	{test: "TestDispatch", file: "kernel/dispatch/machine_riscv64.go",
		old: "{ shim.UseRoot(pa) }", new: "{}"},
	{test: "TestLinuxProgram", file: "user/linux/handler.go",
		old: "t.PC = le.Uint64(regs)\n", new: ""},
	{test: "TestLinuxProgram", file: "user/linux/futex.go",
		old: "w.threads[0].wake(0)", new: "w.threads = w.threads[1:]"},

	// Threads.
	{test: "TestManyThreads", file: "arch/shim/thread_riscv64.go",
		old: "id := (t.addr()-slot(0))/threadSlot + 1", new: "id := (t.addr()-slot(0))/threadSlot/2 + 1"},
	{test: "TestThreadsEnd", file: "arch/shim/thread_riscv64.go",
		old: "t.state, t.wake, t.key = threadFree, 0, 0", new: "t.state, t.wake, t.key = threadSleep, 0, 0"},
	{test: "TestFutexTimeout", file: "arch/shim/thread_riscv64.go",
		old: "errno(etimedout)", new: "errno(eagain)"},
	{test: "TestFutexWake", file: "arch/shim/thread_riscv64.go",
		old: "c.sched.nthreads && woken < n;", new: "c.sched.nthreads;"},

	// Memory.
	{test: "TestMemoryIsReturned", file: "arch/shim/mmap_riscv64.go",
		old: "if advice == madvDontneed", new: "if false && advice == madvDontneed"},
	{test: "TestNoLeak", file: "arch/shim/pool_riscv64.go",
		old: "\tp.free = pa\n\tp.nfree++\n\tp.used--\n", new: "\tp.free = pa\n\tp.nfree++\n\tif pa&0xf000 != 0 {\n\t\tp.used--\n\t}\n"},
	{test: "TestRandomIsCheap", file: "arch/shim/build_riscv64.go",
		old: "\tb.window(c)\n", new: "\tb.window(c)\n\tfor va := pageUp(uintptr(info.DataEnd)); row.CrashPA != 0 && va < pageUp(uintptr(info.BSSEnd)); va += layout.PageSize {\n\t\tb.mapOne(va, b.page(), layout.R|layout.W)\n\t}\n"},
	{test: "TestSoftLimit", file: "kernel/limits_riscv64.go",
		old: "reserve - reserve/8", new: "reserve"},
	{test: "TestEndOutOfMemory", file: "arch/shim/tables_riscv64.go", check: machine.outOfMemory,
		old: "c.fatalOOM(va)", new: "return false"},

	{test: "TestEndOutOfThreads", file: "arch/shim/thread_riscv64.go", check: machine.outOfThreads,
		old: "c.fatalThreads()", new: "return nil"},

	// Clocks and random numbers.
	{test: "TestMonotonic", file: "arch/shim/trap_riscv64.s",
		old: "\tOR\tX31, X6 //", new: "\tXOR\t$1024, X6 //"},
	{test: "TestClockRate", file: "arch/shim/trap_riscv64.s",
		old: "\tSRL\t$24, X6\n", new: "\tSRL\t$25, X6\n"},
	{test: "TestSleep", file: "arch/shim/timer_riscv64.go",
		old: "nsec*hz/1e9", new: "nsec*hz/2e9"},
	{test: "TestRandom", file: "arch/shim/random.go",
		old: "\tr.counter++\n", new: "\tr.counter ^= 1\n"},
	{test: "TestEndPrint", file: "arch/shim/build_riscv64.go", check: machine.twoBoots,
		old: "c.rnd.init(&c.row.Seed, readTime())", new: "c.rnd.init(new([4]uint64), 0)"},
	{test: "TestEndPrint", file: "arch/shim/build_riscv64.go", check: machine.twoBoots,
		old: "c.wall = uintptr(c.row.WallBase)", new: "c.wall = uintptr(c.row.WallBase + 100e9)"},

	// Events.
	{test: "TestPostBeforeWait", file: "arch/shim/event_riscv64.go",
		old: "s.events |= uintptr(e)", new: "s.events &= uintptr(e)"},
	{test: "TestPostWakes", file: "arch/shim/event_riscv64.go",
		old: "c.ready(t, s.events, true)", new: "t.wake = forever >> 1"},
	{test: "TestKick", file: "arch/shim/kick_riscv64.go",
		old: "s.kicked = 1", new: "s.kicked = 0"},
	{test: "TestKick", file: "arch/shim/kick_riscv64.go",
		old: "c.ready(t, 0, true)", new: "t.wake = forever >> 1"},
	{test: "TestKick", file: "arch/shim/thread_riscv64.go",
		old: "\t\t\ts.driver = 0\n", new: "\t\t\ts.kicked = 1\n"},
	{test: "TestWaitTimeout", file: "arch/shim/thread_riscv64.go",
		old: "uintptr(EventTimeout)", new: "uintptr(EventLocal)"},
	{test: "TestDoorbell", file: "arch/shim/timer_riscv64.go",
		old: "c.sched.doorbells++", new: "c.sched.doorbells += 2"},

	// Native dispatchers.
	{test: "TestNativeExchange", file: "kernel/domain/direct.go",
		old: "y[regWords], y[regWords+1], y[regWords+2] = x[regWords],", new: "y[regWords], y[regWords+1], y[regWords+2] = x[regWords+1],"},
	{test: "TestNativeYield", file: "kernel/domain/dispatchers.go",
		old: "\tn.tell(true)\n\treturn &n.Dispatcher", new: "\treturn &p.Dispatcher"},
	{test: "TestNativeUpcalls", file: "kernel/domain/upcall.go",
		old: "\ts.F, s.FCSR = n.FP()\n", new: ""},
	{test: "TestNativeUpcalls", file: "kernel/domain/upcall.go",
		old: "return f.Disabled != 0 ||", new: "return"},

	// The trace.
	// Interrupts stay on, and the middle takes long enough that one comes there.
	{test: "TestTraceWhole", file: "arch/shim/trace_riscv64.s",
		old: "CSRRC\tA0, SSTATUS, A1" + recordTime + "\tADD\t$1, A3, A4",
		new: "CSRRS\tZERO, SSTATUS, A1" + recordTime + "\tMOV\t$200, A4\nlonger:\n\tADD\t$-1, A4\n\tBNE\tA4, ZERO, longer\n\tADD\t$1, A3, A4"},
	{test: "TestTraceCount", file: "arch/layout/trace.go",
		old: "min(next-first, most, TraceRecords)", new: "min(next-first, most, TraceRecords-1)"},
	{test: "TestTraceEvents", file: "arch/shim/trap_riscv64.go",
		old: "c.traceTrap(f)", new: "record(0, 0, 0, 0)"},
	{test: "TestTraceOff", file: "arch/shim/trap_riscv64.go",
		old: "c.traceOn != 0", new: "c.traceOn == 0"},

	// Ends.
	{test: "TestEndPanic", file: "arch/shim/fatal_riscv64.go", check: machine.panics,
		old: "c.fatal(layout.CausePanic, status)", new: "c.fatal(layout.CauseExit, 0)"},
	{test: "TestEndFault", file: "arch/shim/trap_riscv64.go", check: machine.panics,
		old: "c.deliver(f, sig, codeMapErr, addr)", new: "c.fatal(layout.CauseTrap, addr)"},
}
