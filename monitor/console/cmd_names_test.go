package console

import "testing"

// The table of the console's core, or of one that is given.
// Sabotage: let runNames ask the console's core, whichever is given.
func TestNames(t *testing.T) {
	sys := newFake(2)
	check(t, sys, "names", OK, `NAME     CORE  INC  NUMBER
console     0    1       3
echo.0      0    1       1
echo.1      1    1       1
@0 names core=0 services=3 view=1 members=0,1 dropped=0
`)
	check(t, sys, "names 1 -json", OK, `{"event":"name","by":0,"name":"echo.1","core":1,"incarnation":1,"number":1}
{"event":"names","by":0,"core":1,"services":3,"view":1,"members":"0,1","dropped":0}
`)
	sys.nameless = true
	check(t, sys, "names", OK, "core 0 knows no service\n@0 names core=0 services=0 view=0 members=\"\" dropped=0\n")
	for line, want := range map[string]string{
		"names 9":    "there is no core",
		"names 0 1":  "unexpected argument",
		"names echo": "a core is given by its number",
	} {
		check(t, sys, line, Usage, want)
	}
	sys.silent[1] = true
	check(t, sys, "names 1", Failed, "core 1 did not answer")
}
