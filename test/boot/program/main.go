// Command program is a program of user mode for tests: it does what its first argument says.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func main() {
	what, n := os.Args[1], 0
	if len(os.Args) > 2 {
		n, _ = strconv.Atoi(os.Args[2])
	}
	switch what {
	case "exit":
		os.Exit(n)
	case "spin":
		fmt.Println("spins")
		for {
		}
	case "sleep":
		fmt.Println("sleeps")
		time.Sleep(time.Hour)
	case "lines":
		for i := range n {
			fmt.Printf("line %d of %d\n", i, n)
		}
	case "touch": // megabytes
		b := make([]byte, n<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		fmt.Println("touched", len(b))
	case "exec":
		run()
	case "place":
		place()
	case "where":
		core, _ := os.ReadFile("/mk/core")
		fmt.Printf("%s", core)
	case "clock":
		clock(n)
	case "tell":
		tell(os.Args[2])
	case "family":
		family()
	case "bomb":
		bomb()
	case "leave":
		leave(os.Args[2:])
	case "goes-on":
		goOn(os.Args[2:])
	case "wild":
		*(*int)(nil) = 1
	}
}
