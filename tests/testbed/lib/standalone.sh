command_standalone() { die todo; }; standalone_down_all() { :; }
