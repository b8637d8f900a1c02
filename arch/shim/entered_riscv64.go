package shim

// Assembly that only other assembly and the hardware enter.
func trapEntry()
func resume()
func saveFP()
func loadFP()
func bornEntry()
func earlyTrap()
func giveUp()
func say()
func sayHex()
func sayByte()
func birth()
func high()
func off()
func sigReturn1()
