package main

import (
	"strings"
	"testing"
)

func TestForm(t *testing.T) {
	for name, text := range map[string]string{
		"plain":            goodText,
		"label":            "again:\tECALL\n\tRET\n",
		"comment":          "\tECALL // enter\n",
		"in comments":      "// ECALL everywhere: EBREAK\n/* ECALL\n#define ECALL x\n*/\n\tECALL\n",
		"T0 written after": "\tECALL\n\tMOV\t$-4096, T0\n\tBLTU\tT0, A0, err\n",
		"T0 loaded after":  "\tECALL\n\tMOV\t8(X2), T0\n\tMOV\tT0, sec+0(FP)\n",
		"T0 before":        "\tMOV\tT0, A0\n\tECALL\n\tRET\n",
		"next function":    "\tECALL\n\tRET\nTEXT ·g(SB),0,$0\n\tMOV\tT0, A0\n",
	} {
		if err := checkForm("f.s", text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadForm(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"none", "\tRET\n", "no ECALL"},
		{"only in a comment", "// ECALL\n", "no ECALL"},
		{"defined", "#define ECALL WORD $0x73\n\tECALL\n", "f.s:1 defines ECALL"},
		{"undefined", "\tECALL\n# undef ECALL\n", "f.s:2 defines ECALL"},
		{"operand", "\tECALL\n\tECALL $1\n", "f.s:2 uses ECALL"},
		{"in a macro", "#define SYSCALL ECALL\n\tECALL\n", "f.s:1 uses ECALL"},
		{"two on a line", "\tECALL; RET\n", "f.s:1 uses ECALL"},
		{"word", "\tECALL\n\tWORD\t$0x00000073\n", "f.s:2 enters"},
		{"word in decimal", "\tECALL\n\tWORD $115\n", "f.s:2 enters"},
		{"ebreak", "\tECALL\n\tEBREAK\n", "f.s:2 enters"},
		{"T0 read after", "\tECALL\n\tADD\t$1, A0\n\tMOV\tT0, A1\n", "f.s:3 needs X5"},
		{"X5 read after", "\tECALL\n\tBEQ\tX5, A0, out\n", "f.s:2 needs X5"},
		{"address in T0", "\tECALL\n\tMOV\tA0, 8(T0)\n", "f.s:2 needs X5"},
		{"after a comment", "/*\n\n*/\n\tWORD $0x73\n", "f.s:4 enters"},
	} {
		if err := checkForm("f.s", c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestInstalled checks the Go installation that runs the test, as the build does.
func TestInstalled(t *testing.T) {
	if err := run(t.TempDir(), "overlay.json", nil); err != nil {
		t.Error(err)
	}
}
