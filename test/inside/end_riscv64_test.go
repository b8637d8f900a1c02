package inside

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// hoard holds what TestEndOutOfMemory allocates.
var hoard [][]byte

func TestEndOutOfMemory(t *testing.T) {
	for {
		b := make([]byte, 1<<16)
		for i := range b {
			b[i] = 1
		}
		hoard = append(hoard, b)
	}
}

// TestEndOutOfThreads makes more threads than there can be.
func TestEndOutOfThreads(t *testing.T) {
	debug.SetMaxThreads(10000) // the runtime's own limit would come first
	for range 1000 {
		go func() {
			runtime.LockOSThread()
			select {}
		}()
		runtime.Gosched()
	}
	select {}
}

// drown panics, in a goroutine that nobody recovers.
func drown() { panic("drowned") }

func TestEndPanic(t *testing.T) {
	go drown()
	select {}
}

// sinkHere dereferences a nil pointer.
func sinkHere(p *mapping) { p.pages++ }

func TestEndFault(t *testing.T) {
	go sinkHere(nil)
	select {}
}
