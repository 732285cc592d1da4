#include "cli.h"

int main(int argc, char **argv)
{
    cli_give_back_memory();
    return cli_main(argc, argv);
}
