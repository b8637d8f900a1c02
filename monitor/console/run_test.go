package console

import "testing"

// Sabotages: let statusOf not know exitError; leave Rest out of runCommand; let bytesOf
// not multiply; let unknown not look at the programs.
func TestRun(t *testing.T) {
	for _, c := range []struct {
		line   string
		status int
		want   string
	}{
		{"run true", OK, ""},
		{"run exit 0", OK, ""},
		{"run exit 3", 3, ""},
		{"run -json exit 137", 137, `{"event":"run","by":0,"core":0,"name":"exit","pid":7,"status":137}` + "\n"},
		{"run -core 1 -json true -json -core 9", OK, `{"event":"run","by":0,"core":1,"name":"true","pid":7,"status":0}` + "\n"},
		{"run -bg true", OK, "program 7 of core 0\n@0 run core=0 name=true pid=7\n"},
		{"true", Usage, "unknown command \"true\"; it is a program: run true\n"},
		{"run", Usage, "run: the name of a program is needed, as in run hello; see programs\n"},
		{"run false", Usage, "run: there is no program \"false\"; see programs\n"},
		{"run -core 2 true", Usage, "run: there is no core \"2\"; this machine has cores 0 to 1\n"},
		{"run -mem 1X true", Usage, "run: memory is given by a number of bytes, or one with K, M or G, not by \"1X\"\n"},
		{"run -mem 99999999999999999999 true", Usage, "run: a program cannot have \"99999999999999999999\" of memory\n"},
		{"run -mem 0 true", Usage, "run: a program cannot have \"0\" of memory\n"},
		{"kill 0 7", OK, "@0 kill core=0 pid=7\n"},
		{"kill 0 8", Failed, "kill: core 0 runs no program 8\n"},
		{"kill 0", Usage, "kill: a core and the number of a program are needed, as in kill 0 1; see ps\n"},
		{"kill 0 x", Usage, "kill: the number of a program must be a number, not \"x\"\n"},
		{"programs", OK, "exit  true\n@0 program-files programs=2\n"},
		{"programs -json", OK, `{"event":"program-file","by":0,"name":"exit","bytes":2048}` + "\n"},
		{"ps", OK, "no program runs\n@0 programs core=0 running=0 free-bytes=1048576 bytes=2097152 capabilities=9\n@0 ps running=0\n"},
	} {
		check(t, newFake(2), c.line, c.status, c.want)
	}
	sys := newFake(2)
	check(t, sys, "run -strace true", OK, "")
	if !sys.traced || sys.which != "" {
		t.Error("it is not traced")
	}
	check(t, sys, "run -strace=open,2 true", OK, "") // -strace takes no word behind it
	if !sys.traced || sys.which != "open,2" {
		t.Errorf("of its calls %q are traced", sys.which)
	}
	check(t, sys, "run -trusted true", OK, "")
	if sys.traced || !sys.trusted {
		t.Errorf("traced: %v, trusted: %v", sys.traced, sys.trusted)
	}
	check(t, sys, "run -mem 16M true", OK, "")
	if sys.traced || sys.trusted {
		t.Errorf("traced: %v, trusted: %v", sys.traced, sys.trusted)
	}
	if sys.memory != 16<<20 {
		t.Errorf("it has %d bytes", sys.memory)
	}
	check(t, sys, "run -bg true; ps -json", OK, `{"event":"process","by":0,"core":0,"pid":7,"name":"true","threads":3,"used_ns":5000000,"pages":100,"most":8192}`)
	sys.noArchive = true
	check(t, sys, "run true", Failed, "run: there is no archive\n")
}
