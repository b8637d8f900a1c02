// Two is a program for a test.
package main

import "fmt"

func main() { fmt.Println("this is two") }
