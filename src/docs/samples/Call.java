import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Prints every page of {{listPath}}. Needs Java 17 and no library; take a JSON library in place of {@link #field} in a
 * program of your own.
 */
public final class Call {
    private static final String API_URL = "{{apiUrl}}";
    private static final String TOKEN_URL = "{{tokenUrl}}";
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
    private static final long MAX_WAIT_SECONDS = 30;
    /** What a new token helps against. With any other 401, the client itself is refused. */
    private static final Set<String> TOKEN_REFUSED = Set.of("token_expired", "token_revoked", "invalid_token");

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(REQUEST_TIMEOUT).build();
    private String token;
    private Instant renewAt = Instant.MIN;

    public static void main(String[] args) throws Exception {
        new Call().run();
    }

    private void run() throws IOException, InterruptedException {
        Optional<String> next = Optional.of("{{listPath}}?limit=100");
        while (next.isPresent()) {
            HttpResponse<String> page = call(next.get());
            System.out.println(page.body());
            // Link: <{{listPath}}?limit=100&cursor=…>; rel="next"
            next = page.headers().firstValue("Link").map(link -> link.substring(1, link.indexOf('>')));
        }
    }

    private void renewToken() throws IOException, InterruptedException {
        String client = System.getenv("CLIENT_ID") + ":" + System.getenv("CLIENT_SECRET");
        String scope = System.getenv().getOrDefault("SCOPE", "");
        HttpRequest request = HttpRequest.newBuilder(URI.create(TOKEN_URL))
                .timeout(REQUEST_TIMEOUT)
                .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(client.getBytes()))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("grant_type=client_credentials&scope="
                        + URLEncoder.encode(scope, StandardCharsets.UTF_8)))
                .build();
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        if (response.statusCode() != 200) throw new IOException("no token: " + response.body());
        token = field(response.body(), "access_token");
        renewAt = Instant.now().plusMillis(Long.parseLong(field(response.body(), "expires_in")) * 750);
    }

    /**
     * Sends a request: once more with a new token if the old one is refused as such, and up to three times more after 429
     * and 503 with Retry-After.
     */
    private HttpResponse<String> call(String path) throws IOException, InterruptedException {
        if (!Instant.now().isBefore(renewAt)) renewToken();
        boolean renewed = false;
        for (int waits = 0;;) {
            HttpResponse<String> response = http.send(HttpRequest.newBuilder(URI.create(API_URL + path))
                    .timeout(REQUEST_TIMEOUT)
                    .header("Authorization", "Bearer " + token)
                    .build(), BodyHandlers.ofString());
            int status = response.statusCode();
            if (status < 400) return response;
            OptionalLong retryAfter = response.headers().firstValueAsLong("Retry-After");
            if (status == 401 && !renewed && TOKEN_REFUSED.contains(field(response.body(), "code"))) {
                renewed = true;
                renewToken();
            } else if ((status == 429 || status == 503) && retryAfter.isPresent() && waits++ < 3) {
                Thread.sleep(Math.min(retryAfter.getAsLong(), MAX_WAIT_SECONDS) * 1000);
            } else {
                throw new IOException(status + " " + response.body());
            }
        }
    }

    private static String field(String json, String name) throws IOException {
        return Pattern.compile('"' + name + "\":\\s*\"?([^\",}]+)").matcher(json).results()
                .map(found -> found.group(1)).findFirst().orElseThrow(() -> new IOException("no " + name));
    }
}
