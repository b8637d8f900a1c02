package linux

// call is a system call that is served.
type call struct {
	name   string
	handle func(t *thread, a args)
	// missing says what of it is not served, "" if nothing is.
	missing string
}

// calls are the system calls, by number (Linux, uapi/asm-generic/unistd.h).
var calls = [...]call{
	19:  {"eventfd2", eventfd2, "semaphores"},
	20:  {"epoll_create1", epollCreate1, ""},
	21:  {"epoll_ctl", epollCtl, "files but event counters"},
	22:  {"epoll_pwait", epollPwait, "signal masks"},
	25:  {"fcntl", fcntl, "all but the flags"},
	56:  {"openat", openat, "all: there are no files"},
	57:  {"close", closeFile, ""},
	63:  {"read", read, "input: it is at its end"},
	64:  {"write", write, ""},
	93:  {"exit", exit, ""},
	94:  {"exit_group", exitGroup, ""},
	96:  {"set_tid_address", setTIDAddress, ""},
	98:  {"futex", futex, "all but wait and wake"},
	101: {"nanosleep", nanosleep, "the time that is left"},
	113: {"clock_gettime", clockGettime, "clocks of processes and threads"},
	115: {"clock_nanosleep", clockNanosleep, "absolute times of the wall clock"},
	122: {"sched_setaffinity", nothing, "all: there is one hart"},
	123: {"sched_getaffinity", schedGetaffinity, ""},
	124: {"sched_yield", schedYield, ""},
	129: {"kill", kill, "other processes"},
	130: {"tkill", tkill, ""},
	131: {"tgkill", tgkill, ""},
	132: {"sigaltstack", sigaltstack, ""},
	134: {"rt_sigaction", rtSigaction, ""},
	135: {"rt_sigprocmask", rtSigprocmask, ""},
	139: {"rt_sigreturn", rtSigreturn, ""},
	172: {"getpid", getpid, ""},
	178: {"gettid", gettid, ""},
	215: {"munmap", munmap, ""},
	220: {"clone", clone, "all but threads"},
	222: {"mmap", mmap, "files"},
	226: {"mprotect", mprotect, "keeping what is there while nothing is allowed"},
	233: {"madvise", madvise, "all but MADV_DONTNEED"},
	278: {"getrandom", getrandom, ""},
}

func nothing(t *thread, _ args) { t.answer(0) }
