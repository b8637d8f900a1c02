package console

import (
	"fmt"
	"strconv"
	"time"
)

// benchUMP measures channels, and the cores at their ends.
func benchUMP(c *Call, rounds int) error {
	pairs, err := benchPairs(c)
	if err != nil {
		return err
	}
	cores := []int{c.Sys.Self()}
	if len(pairs) > 0 {
		cores = []int{pairs[0][0]}
	}
	for _, p := range pairs {
		cores = append(cores, p[1])
	}
	benchChannels(c, pairs, rounds)
	benchCores(c, cores, rounds)
	return nil
}

// benchChannels measures the pairs one after the other.
func benchChannels(c *Call, pairs [][2]int, rounds int) {
	t := NewTable("FROM", "TO", "BARE", "BARE P99", "UMP", "UMP P99", "RATIO", "MESSAGES/S")
	for _, p := range pairs {
		r, err := c.Sys.BenchUMP(p[0], p[1], rounds)
		if err == nil && !(r.Bare.Median > 0 && r.OneWay >= 0 && r.OneWay < 1e15) { // NaN fails, too
			err = fmt.Errorf("the measurement makes no sense: %+v", r)
		}
		if err != nil {
			c.Fail("cores %d and %d: %v", p[0], p[1], err)
			continue
		}
		ratio := float64(r.Round.Median) / float64(r.Bare.Median)
		c.Fact(NewRecord("bench-ump").Int("from", p[0]).Int("to", p[1]).Dur("bare", r.Bare.Median).
			Dur("rtt", r.Round.Median).Dur("p99", r.Round.P99).Ratio("ratio", ratio).Rate("msgs", r.OneWay).
			Dur("bare-p99", r.Bare.P99).Int("rounds", rounds))
		t.Row(strconv.Itoa(p[0]), strconv.Itoa(p[1]), span(r.Bare.Median), span(r.Bare.P99),
			span(r.Round.Median), span(r.Round.P99), strconv.FormatFloat(ratio, 'f', 2, 64),
			strconv.FormatFloat(r.OneWay, 'f', 0, 64))
	}
	if len(pairs) == 0 {
		c.Printf("there is no second core to measure a channel to\n")
		return
	}
	c.Printf("%s\n", t)
}

// benchCores measures the cores one after the other.
func benchCores(c *Call, cores []int, rounds int) {
	t := NewTable("CORE", "SEND", "RECEIVE", "DOORBELL", "P99", "BUSY", "P99", "BOOT", "TOUCHED")
	for _, core := range cores {
		r, err := c.Sys.BenchCore(core, rounds)
		if err != nil {
			c.Fail("core %d: %v", core, err)
			continue
		}
		rec := NewRecord("bench-core").Int("core", core).Dur("send", r.Send).Dur("receive", r.Receive)
		send, receive := span(r.Send), span(r.Receive)
		if r.SendInstr > 0 && r.ReceiveInstr > 0 {
			rec.Uint("send-instr", r.SendInstr).Uint("receive-instr", r.ReceiveInstr)
			send += " " + strconv.FormatUint(r.SendInstr, 10) + " instr"
			receive += " " + strconv.FormatUint(r.ReceiveInstr, 10) + " instr"
		}
		bell := [4]string{"-", "-", "-", "-"}
		if r.DoorbellFrom >= 0 {
			rec.Int("doorbell-from", r.DoorbellFrom)
			for i, d := range [4]time.Duration{r.Idle.Median, r.Idle.P99, r.Busy.Median, r.Busy.P99} {
				rec.Dur([...]string{"idle", "idle-p99", "busy", "busy-p99"}[i], d)
				bell[i] = span(d)
			}
		}
		c.Fact(rec.Dur("boot", r.Boot).Uint("touched-bytes", r.Touched))
		t.Row(strconv.Itoa(core), send, receive, bell[0], bell[1], bell[2], bell[3], span(r.Boot), size(r.Touched))
	}
	c.Printf("%s", t)
}
