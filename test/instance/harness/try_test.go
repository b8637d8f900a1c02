package harness

import "testing"

func TestTry(t *testing.T) {
	order := ""
	failed, log := Try(t, func(tb testing.TB) {
		tb.Cleanup(func() { order += "a"; tb.Logf("failed=%v", tb.Failed()) })
		tb.Cleanup(func() { order += "b" })
		tb.Log("one")
		tb.Fatalf("t%s", "wo")
		tb.Log("three")
	})
	if want := "one\ntwo\nfailed=true\n"; !failed || log != want || order != "ba" {
		t.Errorf("failed %v, log %q, order %q; want true, %q, \"ba\"", failed, log, order, want)
	}
	failed, log = Try(t, func(tb testing.TB) { tb.Error("no"); tb.Log("more") })
	if want := "no\nmore\n"; !failed || log != want {
		t.Errorf("failed %v, log %q; want true, %q", failed, log, want)
	}
	if failed, log = Try(t, func(testing.TB) {}); failed || log != "" {
		t.Errorf("failed %v, log %q", failed, log)
	}
}
