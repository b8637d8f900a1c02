package console

import "testing"

// Messages: the fake machine has three types, of which each core counts another number.
func (f *fakeSystem) Messages(core int) ([]MessageCount, error) {
	n := uint64(core + 1)
	return []MessageCount{
		{Name: "unknown", In: f.strange, Dropped: f.strange},
		{Number: 7, Name: "ping", Kind: "one-way", In: 10 * n, Out: 20},
		{Number: 34, Name: "ask-ping", Kind: "request", Out: n, Dropped: 1},
		{Number: 290, Name: "ask-ping-answer", Kind: "answer", In: n},
	}, f.ask("messages", core)
}

// Every type has a line, with the counts of one core or of all that live.
// Sabotage: leave a count out of addMessages; ask cores that are down.
func TestMsgs(t *testing.T) {
	check(t, newFake(3), "msgs 1", OK, `NUMBER  NAME             KIND     IN  OUT  DROPPED
     0  unknown                    0    0        0
     7  ping             one-way  20   20        0
    34  ask-ping         request   0    2        1
   290  ask-ping-answer  answer    2    0        0
@0 msgs cores=1 types=3 in=22 out=22 dropped=1
`)
	f := newFake(3)
	f.down[1], f.strange = true, 4
	check(t, f, "msgs", OK, `NUMBER  NAME             KIND     IN  OUT  DROPPED
     0  unknown                    8    0        8
     7  ping             one-way  40   40        0
    34  ask-ping         request   0    4        2
   290  ask-ping-answer  answer    4    0        0
@0 msgs cores=2 types=3 in=52 out=44 dropped=10
`)
	check(t, newFake(1), "msgs -json 0", OK, `{"event":"msg","by":0,"number":0,"name":"unknown","kind":"","in":0,"out":0,"dropped":0}
{"event":"msg","by":0,"number":7,"name":"ping","kind":"one-way","in":10,"out":20,"dropped":0}
{"event":"msg","by":0,"number":34,"name":"ask-ping","kind":"request","in":0,"out":1,"dropped":1}
{"event":"msg","by":0,"number":290,"name":"ask-ping-answer","kind":"answer","in":1,"out":0,"dropped":0}
{"event":"msgs","by":0,"cores":1,"types":3,"in":11,"out":21,"dropped":1}
`)
	f = newFake(3)
	f.silent[0] = true
	check(t, f, "msgs", Failed, "msgs: core 0 did not answer within 1s\n")
	check(t, f, "msgs", Failed, "@0 msgs cores=2 types=3 in=55 out=45 dropped=2\n")
	check(t, f, "msgs 7", Usage, "msgs: there is no core \"7\"")
	check(t, f, "msgs 0 1", Usage, "")
}
