package console

import (
	"fmt"
	"strconv"
	"time"
)

// AgreementStrategies are the ways to reach many cores by which they can agree.
var AgreementStrategies = Strategies[1:]

// AgreementRow is what operations cost that some cores agree on.
type AgreementRow struct {
	Strategy          string // or "own": the machine's own agreement, of all members
	Cores             int
	Message           time.Duration // one way between the event loops of the coordinator and the last member
	One, Two          Latency       // of an operation of one phase, and of two, alone
	Decided           time.Duration // median until the outcome of the latter is known
	Rounds            int           // of the latter
	OneHops, Hops     int           // messages in the longest chain in which each waits for the one before
	Messages          float64       // of all cores, for one of two phases alone
	Single            float64       // operations a second of two phases, one at a time
	Pipelined         float64       // the same with the best number in flight,
	InFlight          int           // which is this,
	PipelinedMessages float64       // and its messages an operation; 0 = not counted
	Err               error         // why there is nothing else
}

// AgreementCosts is what two cores do together for an operation, but for their event
// loops, measured on one.
type AgreementCosts struct{ OnePhase, TwoPhase time.Duration }

// ratio is how many times the hops of an operation of two phases it takes.
func (r *AgreementRow) ratio() float64 {
	return float64(r.Two.Median) / float64(time.Duration(r.Hops)*r.Message)
}

// gain is what operations in flight bring.
func (r *AgreementRow) gain() float64 { return r.Pipelined / r.Single }

func (r *AgreementRow) sound() bool {
	return r.Message > 0 && r.Hops > 0 && r.One.Median > 0 && r.Two.Median > 0 && r.Single > 0 && r.Pipelined > 0 && r.Pipelined < 1e12
}

// benchAgreement measures one-phase and two-phase commit.
func benchAgreement(c *Call, rounds int) error {
	cores, err := c.ownFirst() // the own core coordinates
	if err != nil {
		return err
	}
	costs, err := c.Sys.BenchAgreementCosts(rounds)
	if err != nil {
		return err
	}
	c.Fact(NewRecord("bench-agreement-costs").Dur("one", costs.OnePhase).Dur("two", costs.TwoPhase).Int("rounds", rounds))
	if len(cores) < 2 {
		c.Printf("there is no second core to agree with\n")
		return nil
	}
	t := NewTable("CORES", "STRATEGY", "1PC", "P99", "2PC", "P99", "HOPS", "MSGS", "RATIO", "OP/S", "PIPELINED", "AT", "MSGS", "GAIN")
	err = c.Sys.BenchAgreement(cores, rounds, func(r AgreementRow) { c.agreementRow(t, &r) })
	c.Printf("%s", t)
	return err
}

// agreementRow prints one row.
func (c *Call) agreementRow(t *Table, r *AgreementRow) {
	if r.Err == nil && !r.sound() {
		r.Err = fmt.Errorf("the measurement makes no sense: %+v", *r)
	}
	if r.Err != nil {
		c.Fail("%s with %d cores: %v", r.Strategy, r.Cores, r.Err)
		return
	}
	c.Fact(NewRecord("bench-agreement").Int("cores", r.Cores).Str("strategy", r.Strategy).Dur("message", r.Message).
		Dur("one", r.One.Median).Dur("one-p99", r.One.P99).Int("one-hops", r.OneHops).
		Dur("two", r.Two.Median).Dur("two-p99", r.Two.P99).Dur("decided", r.Decided).
		Int("hops", r.Hops).Ratio("messages", r.Messages).Ratio("ratio", r.ratio()).Rate("single", r.Single).
		Rate("pipelined", r.Pipelined).Int("in-flight", r.InFlight).Ratio("pipelined-messages", r.PipelinedMessages).
		Ratio("gain", r.gain()).Int("rounds", r.Rounds))
	two := func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
	whole := func(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }
	t.Row(strconv.Itoa(r.Cores), r.Strategy, span(r.One.Median), span(r.One.P99), span(r.Two.Median), span(r.Two.P99),
		strconv.Itoa(r.Hops), two(r.Messages), two(r.ratio()), whole(r.Single), whole(r.Pipelined), strconv.Itoa(r.InFlight),
		two(r.PipelinedMessages), two(r.gain()))
}
