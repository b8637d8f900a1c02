package console

import (
	"strconv"

	"atoll/arch/layout"
)

var memCommand = Command{
	Name:     "mem",
	Synopsis: "[core]",
	Summary:  "show what memory each instance has and uses",
	JSON:     true,
	Help: `A partition is a kernel reserve, a user pool and a DMA window. The page counts are
of the kernel reserve, out of which the Go heap comes.`,
	Run:      runMem,
	Complete: coreNumbers(1),
}

func runMem(c *Call) error {
	cores, err := c.cores()
	if err != nil {
		return err
	}
	plan := c.Sys.Plan()
	t := NewTable("CORE", "PARTITION", "USER POOL", "DMA", "RESERVE", "USED", "HEAP", "HEAP SYS", "GCS", "GC PAUSES")
	var used, total, heap uint64
	answers := 0
	for _, core := range cores {
		s, err := c.Sys.Stat(core)
		if err != nil {
			c.Fail("%v", err)
			continue
		}
		answers++
		p := &plan.Cores[core]
		usedBytes, totalBytes := s.PagesUsed*layout.PageSize, s.PagesTotal*layout.PageSize
		used, total, heap = used+usedBytes, total+totalBytes, heap+s.HeapBytes
		c.Datum(NewRecord("mem-core").Int("core", core).Uint("partition-bytes", p.Memory()).
			Uint("user-bytes", p.User.Size).Uint("dma-bytes", p.DMA.Size).
			Uint("used-bytes", usedBytes).Uint("total-bytes", totalBytes).
			Uint("heap-bytes", s.HeapBytes).Uint("heap-sys-bytes", s.HeapSys).
			Uint("gcs", s.GCs).Dur("gc-pause", s.GCPause))
		t.Row(strconv.Itoa(core), size(p.Memory()), size(p.User.Size), size(p.DMA.Size), size(totalBytes),
			size(usedBytes), size(s.HeapBytes), size(s.HeapSys), strconv.FormatUint(s.GCs, 10), span(s.GCPause))
	}
	c.Printf("%s", t)
	c.Fact(NewRecord("mem").Int("cores", answers).Uint("used-bytes", used).Uint("total-bytes", total).
		Uint("heap-bytes", heap))
	return nil
}
