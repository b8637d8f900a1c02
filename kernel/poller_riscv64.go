package kernel

import (
	"math"
	"time"
)

// KeepPoller has one thread of this instance's runtime wait for timers whenever there is
// nothing to run. Without a timer, and so without such a thread, the runtime makes another
// look for work each time that a goroutine leaves its P to wait in the CPU driver: as it
// may be the one that is to wait for files. That would be most of what a doorbell costs.
func KeepPoller() { time.AfterFunc(math.MaxInt64, func() {}) }
