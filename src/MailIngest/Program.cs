using MailIngest.Commands;

return await CommandLine.RunAsync(args);
